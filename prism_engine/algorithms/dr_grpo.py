"""GRPO done right (Dr.GRPO, arXiv 2503.20783): without GRPO's biases by deviation and by length."""

from __future__ import annotations

from torch import Tensor

from prism_engine.algorithms.advantages import Order, normalise_then_sum
from prism_engine.algorithms.averages import over_longest
from prism_engine.algorithms.group_relative import ClippedGroupRelative
from prism_engine.contract.algorithms import DrGrpo as DrGrpoSettings


class DrGrpo(ClippedGroupRelative):
    """-min(ρ·A, clip(ρ)·A) with A = r - mean r, summed and divided by a constant length."""

    def __init__(
        self, settings: DrGrpoSettings, longest_response: int, order: Order = normalise_then_sum
    ) -> None:
        super().__init__(settings, longest_response, order)
        self._average = over_longest(longest_response)

    def token_weights(self, lengths: Tensor) -> Tensor:
        return self._average(lengths)
