"""The clipped surrogate of policy gradients (PPO, arXiv 1707.06347, eq. 7)."""

from __future__ import annotations

import torch
from torch import Tensor


def clipped_loss(ratio: Tensor, advantages: Tensor, low: float, high: float) -> Tensor:
    """(N,): -min(ρ·A, clip(ρ, 1 - low, 1 + high)·A), from ratios (N,) and advantages (N,)."""
    return -torch.minimum(ratio * advantages, ratio.clamp(1 - low, 1 + high) * advantages)


def measure_clipping(
    ratio: Tensor, advantages: Tensor, low: float, high: float
) -> dict[str, Tensor]:
    """The ratio, and where the clipped branch is the one that counts, as (N,) numbers."""
    below = ((ratio < 1 - low) & (advantages < 0)).to(ratio)
    above = ((ratio > 1 + high) & (advantages > 0)).to(ratio)
    return {
        "ratio": ratio,
        "clip_fraction": below + above,
        "clip_fraction_low": below,
        "clip_fraction_high": above,
    }
