"""Alignment: the policy plays against a discriminator that keeps learning (arXiv 2604.28123)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from torch import Tensor

from prism_engine.algorithms.algorithm import Algorithm
from prism_engine.batch import Drawn
from prism_engine.contract.config import Align as AlignSettings
from prism_engine.stages.credit import Credit
from prism_engine.stages.game import (
    Equipment,
    GameBatch,
    GameStage,
    below_batch,
    below_group,
)

MALFORMED_BELOW: dict[str, Callable[[Tensor, Tensor], Tensor]] = {
    "group": below_group,
    "batch": below_batch,
}
"""How malformed rollouts come to rank below well-formed ones."""


class Align(GameStage):
    """Rewards are the experts' scores, normalised one by one in each group and then mixed."""

    def __init__(
        self,
        settings: AlignSettings,
        equipment: Equipment,
        algorithm: Algorithm,
        credit: Credit,
    ) -> None:
        super().__init__(equipment)
        self._algorithm = algorithm
        self._credit = credit
        self._format_penalty = settings.format_penalty
        self._malformed_below = MALFORMED_BELOW[settings.malformed_below]
        self._weights = channel_weights(
            equipment.discriminator.channels, settings.perception_weight
        )

    def rewards(self, scores: Tensor, valid: Tensor) -> Tensor:
        return self._malformed_below(scores, valid)

    def advantages(self, rewards: Mapping[str, Tensor], drawn: Drawn) -> Tensor:
        """A = Σ_c w_c · z_c - penalty · malformed, as PRISM's released code computes it.

        The paper's equation 3 mixes before it normalises; then the expert with the wider scores
        would drown the other.
        """
        credited = self._credit.advantages(self._algorithm, rewards, self._weights, drawn)
        punished = drawn.rollouts.mask & ~drawn.valid[:, None]
        return credited - self._format_penalty * punished

    def reflect(self, batch: GameBatch) -> dict[str, float]:
        measured = super().reflect(batch)
        if not batch.drawn.valid.any():
            return measured
        reward = sum(w * measured[f"reward_{channel}"] for channel, w in self._weights.items())
        return {**measured, "reward": reward}


def channel_weights(channels: Iterable[str], perception_weight: float) -> dict[str, float]:
    """What each channel counts in the reward; one that stands alone counts for all of it."""
    experts = {"perception": perception_weight, "reasoning": 1 - perception_weight}
    return {channel: experts.get(channel, 1.0) for channel in channels}
