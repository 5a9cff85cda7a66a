"""Tokens made by hand."""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch import Tensor

from prism_engine.algorithms.algorithm import Tokens


def double(numbers: Sequence[float]) -> Tensor:
    return torch.tensor(numbers, dtype=torch.float64)


def tokens_with_ratios(
    ratios: Sequence[float], advantages: Sequence[float], row: Sequence[int] | None = None
) -> Tokens:
    """Tokens whose probability was 0.5 and became `ratio` times that; one response by default."""
    row = row or [0] * len(ratios)
    logprobs = double([math.log(0.5 * ratio) for ratio in ratios]).requires_grad_()
    old = torch.full_like(logprobs, math.log(0.5)).detach()
    return Tokens(logprobs, old, old, double(advantages), torch.tensor(row), max(row) + 1)
