"""Log-probabilities of given tokens, without ever holding all logits."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.utils.checkpoint import checkpoint

from prism_engine.policy.precision import widened

MOST_LOGITS = {"cpu": 2**26, "cuda": 2**28}
"""So many logits are held at a time: a quarter of a gigabyte of float32, or half of one of bfloat16
where a compiler keeps what is computed of them out of memory."""


@dataclass(frozen=True)
class TokenScores:
    """What the policy thinks of N tokens."""

    logprobs: Tensor  # (N,) float32 or float64
    entropy: Tensor  # (N,) float32 or float64, without gradient, in nats


def mask_banned(logits: Tensor, banned: Tensor) -> Tensor:
    """Logits (…, V) with those of the `banned` ids (K,) at minus infinity."""
    return logits.index_fill(-1, banned, float("-inf"))


def token_scores(
    hidden: Tensor,
    targets: Tensor,
    head: Callable[[Tensor], Tensor],
    banned: Tensor,
    temperature: float,
) -> TokenScores:
    """Score tokens under softmax(head(hidden) / temperature), banned tokens left out.

    The tokens are taken in chunks whose logits are computed again in the backward pass, so that
    memory does not grow with N times V.

    Args:
        hidden: (N, H) the state that predicts each token.
        targets: (N,) the tokens.
        head: from (n, H) to logits (n, V).
        banned: (K,) ids that have no probability.
        temperature: above 0.
    """

    chosen = SCORES[hidden.device.type]

    def score(hidden: Tensor, targets: Tensor) -> tuple[Tensor, Tensor]:
        return chosen(head(hidden), targets, banned, temperature)

    vocabulary = head(hidden[:1].detach()).shape[-1]
    rows = max(1, MOST_LOGITS[hidden.device.type] // vocabulary)
    if len(hidden) <= rows:
        return TokenScores(*score(hidden, targets))
    chunks = [
        checkpoint(score, part, wanted, use_reentrant=False)
        for part, wanted in zip(hidden.split(rows), targets.split(rows), strict=True)
    ]
    logprobs, entropy = zip(*chunks, strict=True)
    return TokenScores(torch.cat(logprobs), torch.cat(entropy))


def score_logits(
    logits: Tensor, targets: Tensor, banned: Tensor, temperature: float
) -> tuple[Tensor, Tensor]:
    """Log-probabilities of the targets (n,) under logits (n, V), and entropies: twice (n,)."""
    logprobs = mask_banned(widened(logits) / temperature, banned).log_softmax(-1)
    with torch.no_grad():
        entropy = -torch.xlogy(logprobs.exp(), logprobs.exp()).sum(-1)
    return logprobs.gather(-1, targets[:, None]).squeeze(-1), entropy


SCORES = {"cpu": score_logits, "cuda": torch.compile(score_logits)}
"""By the kind of device: a GPU reads logits once for all that is computed of them."""
