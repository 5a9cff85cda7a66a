"""Log-probabilities of given tokens, without ever holding all logits."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Tensor
from torch.utils.checkpoint import checkpoint

from prism_engine.policy.precision import widened

MOST_LOGITS = {"cpu": 2**26, "cuda": 2**28}
"""So many logits are held at a time: a quarter of a gigabyte of float32, or half of one of bfloat16
where a compiler keeps what is computed of them out of memory."""


class TokenScores(NamedTuple):
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


@torch.compile
def score_in_one_reading(
    logits: Tensor, targets: Tensor, banned: Tensor, temperature: float
) -> tuple[Tensor, Tensor]:
    """The same by operations that a compiler fuses: no second tensor as large as the logits.

    What is picked out or filled in by its index would have to be written down first.
    """
    places = torch.arange(logits.shape[-1], device=logits.device)
    allowed = (places[:, None] != banned).all(1)
    scaled = widened(logits) / temperature
    total = scaled.masked_fill(~allowed, float("-inf")).logsumexp(-1)
    logprobs = torch.where(places == targets[:, None], scaled, 0.0).sum(-1) - total
    with torch.no_grad():
        each = scaled - total[:, None]
        entropy = -torch.where(allowed, each.exp() * each, 0.0).sum(-1)
    return logprobs, entropy


SCORES = {"cpu": score_logits, "cuda": score_in_one_reading}
"""By the kind of device."""
