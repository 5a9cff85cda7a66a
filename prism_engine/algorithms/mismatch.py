"""What is done where the sampler's probabilities are not the learner's.

A fast sampler computes in another order or precision than the learner, and so responses come from
a policy that is slightly another one. The weights here, (N,) without gradient, correct the loss
for that (https://fengyao.notion.site/off-policy-rl; TRL 1.16 has the same two).
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from prism_engine.algorithms.algorithm import Tokens
from prism_engine.algorithms.ratios import sum_by_row

Correction = Callable[[Tokens, float], Tensor]
"""From tokens and the largest weight to the weight of every token's loss."""


def uncorrected(tokens: Tokens, cap: float) -> Tensor:
    """(N,): 1."""
    return torch.ones_like(tokens.old_logprobs)


def token_truncate(tokens: Tokens, cap: float) -> Tensor:
    """(N,): min(π_old(o_t) / π_sampler(o_t), cap)."""
    return (tokens.old_logprobs - tokens.behaviour_logprobs).exp().clamp(max=cap)


def sequence_mask(tokens: Tokens, cap: float) -> Tensor:
    """(N,): π_old(o) / π_sampler(o) of the token's response; 0 where that is above the cap."""
    ratio = sum_by_row(tokens.old_logprobs - tokens.behaviour_logprobs, tokens).exp()
    return ratio.masked_fill(ratio > cap, 0.0)[tokens.row]


CORRECTIONS: dict[str, Correction] = {
    "none": uncorrected,
    "token_truncate": token_truncate,
    "sequence_mask": sequence_mask,
}
