"""What algorithms that judge a response beside its group do alike."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

import torch
from torch import Tensor

from prism_engine.algorithms.advantages import DIVISORS, Order, mean_of_group, normalise_then_sum
from prism_engine.algorithms.algorithm import Tokens
from prism_engine.algorithms.clipping import clipped_loss, measure_clipping
from prism_engine.algorithms.ratios import token_ratio
from prism_engine.contract.algorithms import Clipped, PolicyGradient


class GroupRelative:
    """Every group and response is learned from; advantages are relative to the group's mean.

    Args:
        settings: the algorithm's.
        longest_response: tokens at which a response is cut.
        order: of normalising rewards and summing their channels.
    """

    reads_accuracy = False
    most_draws = 1
    shaping: Mapping[str, float] = MappingProxyType({})

    def __init__(
        self, settings: PolicyGradient, longest_response: int, order: Order = normalise_then_sum
    ) -> None:
        self._divisor = DIVISORS[settings.scale_rewards]
        self._order = order
        self._floor, self._epsilon = settings.deviation_floor, settings.deviation_epsilon

    def keep_group(self, accuracy: Tensor) -> Tensor:
        return torch.ones(len(accuracy), dtype=torch.bool)

    def keep_response(self, finished: Tensor) -> Tensor:
        return torch.ones_like(finished)

    def shape(self, lengths: Tensor) -> dict[str, Tensor]:
        return {}

    def advantages(self, rewards: Mapping[str, Tensor], weights: Mapping[str, float]) -> Tensor:
        return self._order(rewards, weights, self._normalised)

    def baseline(self, rewards: Tensor) -> Tensor:
        """(P, G) or (P, 1): what rewards (P, G) are measured against."""
        return mean_of_group(rewards)

    def _normalised(self, rewards: Tensor) -> Tensor:
        divisor = self._divisor(rewards, self._floor, self._epsilon)
        return (rewards - self.baseline(rewards)) / divisor


class ClippedGroupRelative(GroupRelative):
    """Descends the clipped surrogate, by the ratio of single tokens."""

    def __init__(
        self, settings: Clipped, longest_response: int, order: Order = normalise_then_sum
    ) -> None:
        super().__init__(settings, longest_response, order)
        self._low, self._high = settings.clip_low, settings.clip_high

    def token_loss(self, tokens: Tokens) -> Tensor:
        return clipped_loss(self.ratio(tokens), tokens.advantages, self._low, self._high)

    def measure(self, tokens: Tokens) -> dict[str, Tensor]:
        return measure_clipping(self.ratio(tokens), tokens.advantages, self._low, self._high)

    def ratio(self, tokens: Tokens) -> Tensor:
        return token_ratio(tokens)
