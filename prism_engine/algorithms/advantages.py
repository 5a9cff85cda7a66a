"""From rewards to advantages: what a response is worth beside the others.

A reward that is NaN does not apply to its response. It counts neither in a mean nor in a
deviation, and gives no advantage.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import torch
from torch import Tensor

Normalise = Callable[[Tensor], Tensor]
"""From rewards (P, G) to advantages (P, G)."""

Order = Callable[[Mapping[str, Tensor], Mapping[str, float], Normalise], Tensor]
"""From rewards (P, G) by channel, weights and how one is normalised to advantages (P, G)."""

Divisor = Callable[[Tensor, float, float], Tensor]
"""From rewards (P, G), smallest deviation and epsilon to what they are divided by."""


def mean_of_group(rewards: Tensor) -> Tensor:
    """(P, 1) the mean of each group (GRPO, arXiv 2402.03300)."""
    return rewards.nanmean(dim=1, keepdim=True)


def mean_of_others(rewards: Tensor) -> Tensor:
    """(P, G) for each response the mean of all others of its group (RLOO, arXiv 2402.14740)."""
    count = (~rewards.isnan()).sum(dim=1, keepdim=True)
    return (rewards.nansum(dim=1, keepdim=True) - rewards) / (count - 1)


def deviation(rewards: Tensor) -> Tensor:
    """(P, 1) the unbiased deviation of each row."""
    squares = (rewards - rewards.nanmean(dim=1, keepdim=True)).square()
    count = (~rewards.isnan()).sum(dim=1, keepdim=True)
    return (squares.nansum(dim=1, keepdim=True) / (count - 1)).sqrt()


def group_deviation(rewards: Tensor, floor: float, epsilon: float) -> Tensor:
    """(P, 1) max(std of each group, floor) + ε, with the unbiased deviation."""
    return deviation(rewards).clamp(min=floor) + epsilon


def batch_deviation(rewards: Tensor, floor: float, epsilon: float) -> Tensor:
    """(1, 1) max(std of all rewards, floor) + ε, with the unbiased deviation."""
    return deviation(rewards.reshape(1, -1)).clamp(min=floor) + epsilon


def no_deviation(rewards: Tensor, floor: float, epsilon: float) -> Tensor:
    """(1, 1) one: rewards keep their scale (Dr.GRPO, arXiv 2503.20783)."""
    return rewards.new_ones(1, 1)


DIVISORS: dict[str, Divisor] = {
    "group": group_deviation,
    "batch": batch_deviation,
    "none": no_deviation,
}


def normalise_then_sum(
    rewards: Mapping[str, Tensor], weights: Mapping[str, float], normalise: Normalise
) -> Tensor:
    """(P, G): Σ_c w_c · normalise(r_c), as PRISM's released code does (arXiv 2604.28123).

    Mixed before it is normalised, the channel with the wider rewards would drown the others.
    """
    return sum(weights[name] * _or_zero(normalise(rewards[name])) for name in sorted(weights))


def sum_then_normalise(
    rewards: Mapping[str, Tensor], weights: Mapping[str, float], normalise: Normalise
) -> Tensor:
    """(P, G): normalise(Σ_c w_c · r_c), as equation 3 of PRISM says (arXiv 2604.28123)."""
    return _or_zero(normalise(weighted_sum(rewards, weights)))


ORDERS: dict[str, Order] = {
    "normalise_then_sum": normalise_then_sum,
    "sum_then_normalise": sum_then_normalise,
}


def weighted_sum(rewards: Mapping[str, Tensor], weights: Mapping[str, float]) -> Tensor:
    """Σ_c w_c · r_c over the rewards that apply, in their shape; NaN where none does."""
    weighted = torch.stack([weights[name] * rewards[name] for name in sorted(weights)])
    return weighted.nansum(0).masked_fill(weighted.isnan().all(0), torch.nan)


def _or_zero(advantages: Tensor) -> Tensor:
    return advantages.masked_fill(advantages.isnan(), 0.0)
