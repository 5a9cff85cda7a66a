import torch
from torch import Tensor

from prism_engine.policy.logprobs import score_in_one_reading, score_logits

BANNED = torch.tensor([0, 7])


def learned(logits: Tensor, score) -> tuple[Tensor, ...]:
    """Log-probabilities, entropies, and the gradient of the former."""
    leaf = logits.clone().requires_grad_()
    logprobs, entropy = score(leaf, torch.tensor([3, 5, 19]), BANNED, 0.7)
    (logprobs * torch.tensor([1.0, -2.0, 0.5])).sum().backward()
    return logprobs.detach(), entropy, leaf.grad


def test_one_reading_of_the_logits_says_the_same() -> None:
    logits = 3 * torch.randn(3, 20, generator=torch.Generator().manual_seed(0))
    plain = score_in_one_reading._torchdynamo_orig_callable

    for one, other in zip(learned(logits, plain), learned(logits, score_logits), strict=True):
        torch.testing.assert_close(one, other, atol=1e-6, rtol=0)
    assert learned(logits, plain)[2][:, BANNED].abs().max() == 0
