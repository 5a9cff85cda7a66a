"""Group relative policy optimisation (DeepSeekMath, arXiv 2402.03300).

The paper's mean of the means of responses is the setting `average: response`; PRISM's code takes
the mean over all tokens of the update. The paper's divergence is added by `Objective`, if at all.
"""

from __future__ import annotations

from torch import Tensor

from prism_engine.algorithms.advantages import Order, normalise_then_sum
from prism_engine.algorithms.averages import AVERAGES
from prism_engine.algorithms.group_relative import ClippedGroupRelative
from prism_engine.contract.algorithms import Grpo as GrpoSettings


class Grpo(ClippedGroupRelative):
    """-min(ρ·A, clip(ρ)·A) for every token, with A = (r - mean r) / std r over the group."""

    def __init__(
        self, settings: GrpoSettings, longest_response: int, order: Order = normalise_then_sum
    ) -> None:
        super().__init__(settings, longest_response, order)
        self._average = AVERAGES[settings.average]

    def token_weights(self, lengths: Tensor) -> Tensor:
        return self._average(lengths)
