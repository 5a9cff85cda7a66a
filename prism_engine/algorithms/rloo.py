"""REINFORCE leave-one-out (arXiv 2402.14740), clipped as in PPO where responses are used again."""

from __future__ import annotations

from torch import Tensor

from prism_engine.algorithms.advantages import mean_of_others
from prism_engine.algorithms.algorithm import Tokens
from prism_engine.algorithms.averages import over_responses
from prism_engine.algorithms.group_relative import ClippedGroupRelative
from prism_engine.algorithms.ratios import response_ratio


class Rloo(ClippedGroupRelative):
    """-min(ρ·A, clip(ρ)·A) with ρ of the whole response and A = r - mean of the others' rewards.

    Every token carries the loss of its response, and the mean over responses is taken.
    """

    def baseline(self, rewards: Tensor) -> Tensor:
        return mean_of_others(rewards)

    def ratio(self, tokens: Tokens) -> Tensor:
        return response_ratio(tokens)

    def token_weights(self, lengths: Tensor) -> Tensor:
        return over_responses(lengths)
