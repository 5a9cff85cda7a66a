"""How the tokens of an update are averaged.

Each function gives the weight (B,) of every token of a response from the lengths (B,) of all
responses of the update. A response of which nothing is learned does not count.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

Average = Callable[[Tensor], Tensor]


def over_tokens(lengths: Tensor) -> Tensor:
    """(B,): 1 / Σ|o|, the mean over all tokens (DAPO, arXiv 2503.14476, eq. 8)."""
    return torch.ones_like(lengths, dtype=torch.float64) / lengths.sum()


def over_responses(lengths: Tensor) -> Tensor:
    """(B,): 1 / (B·|o_i|), the mean of every response's mean (GRPO, arXiv 2402.03300, eq. 3)."""
    return 1 / ((lengths > 0).sum() * lengths.clamp(min=1).double())


def over_longest(longest: int) -> Average:
    """1 / (B·longest): no response counts less for its length (Dr.GRPO, arXiv 2503.20783)."""

    def average(lengths: Tensor) -> Tensor:
        return torch.ones_like(lengths, dtype=torch.float64) / ((lengths > 0).sum() * longest)

    return average


AVERAGES: dict[str, Average] = {"token": over_tokens, "response": over_responses}
