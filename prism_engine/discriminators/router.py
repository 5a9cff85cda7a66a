"""Which experts a token goes to, and the loss that keeps all of them busy."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager

import torch
from torch import Tensor
from torch.nn.functional import linear, one_hot
from transformers.models.qwen3_vl_moe.modeling_qwen3_vl_moe import Qwen3VLMoeTextTopKRouter

from prism_engine.policy.precision import widened


class Router(Qwen3VLMoeTextTopKRouter):
    """The library's router, computed in float32 even if activations are bfloat16.

    In bfloat16 two experts' logits are often equal, and which of them is chosen then depends on
    the kernel instead of the token.
    """

    def forward(self, hidden_states: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Route tokens.

        Args:
            hidden_states: (…, H).

        Returns:
            Logits (tokens, experts) in float32; the weights of the chosen experts
            (tokens, k), which sum to 1; their numbers (tokens, k).
        """
        tokens = hidden_states.reshape(-1, self.hidden_dim)
        logits = linear(widened(tokens), self.weight)
        weights, chosen = logits.softmax(-1).topk(self.top_k, dim=-1)
        weights = weights / weights.sum(-1, keepdim=True)
        return logits, weights.to(hidden_states.dtype), chosen


@contextmanager
def recorded_logits(routers: Iterable[Router]) -> Iterator[list[Tensor]]:
    """The logits (tokens, experts) of every router that is asked in here, in that order."""
    logits: list[Tensor] = []
    hooks = [
        router.register_forward_hook(lambda _, __, routed: logits.append(routed[0]))
        for router in routers
    ]
    try:
        yield logits
    finally:
        for hook in hooks:
            hook.remove()


Pooled = Callable[[Tensor, int], Tensor]
"""From a mean over so many tokens to the mean over those of all ranks."""


def own(mean: Tensor, tokens: int) -> Tensor:
    """The mean of a process that has all the tokens."""
    return mean


def load_balance(logits: Sequence[Tensor], experts_per_token: int, pooled: Pooled = own) -> Tensor:
    """E · Σₑ fₑ · pₑ, the mean over layers (Switch Transformer, arXiv 2101.03961, eq. 4 to 6).

    fₑ is the share of assignments that expert e gets, pₑ its mean probability; the loss is 1
    where all experts are used alike.

    Args:
        logits: One tensor (tokens, experts) per layer, without padding.
        experts_per_token: How many experts each token is sent to.
        pooled: Makes means over the tokens of all ranks, where these are not all.
    """
    return torch.stack([_imbalance(layer, experts_per_token, pooled) for layer in logits]).mean()


def _imbalance(logits: Tensor, experts_per_token: int, pooled: Pooled) -> Tensor:
    experts = logits.shape[-1]
    probabilities = widened(logits).softmax(-1)
    chosen = probabilities.topk(experts_per_token, dim=-1).indices
    share = pooled(one_hot(chosen, experts).to(probabilities.dtype).mean((0, 1)), len(logits))
    return experts * (share * pooled(probabilities.mean(0), len(logits))).sum()
