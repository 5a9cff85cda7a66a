"""Warm-up: a fresh discriminator learns to tell demonstrations from the policy's rollouts."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor

from prism_engine.contract.config import Warmup as WarmupSettings
from prism_engine.data.response import Sections
from prism_engine.discriminators.discriminator import Discriminator
from prism_engine.stages.game import GameBatch, GameStage
from prism_engine.stages.rollouts import Collector
from prism_engine.stages.samples import Gallery


class Warmup(GameStage):
    """The policy stays as it is; the run ends once both experts pass the gate."""

    def __init__(
        self,
        settings: WarmupSettings,
        collector: Collector,
        discriminator: Discriminator,
        demonstrations: Mapping[str, Sections],
        gallery: Gallery,
    ) -> None:
        super().__init__(collector, discriminator, demonstrations, gallery)
        self._settings = settings
        self._passed = False

    def advantages(self, rewards: Mapping[str, Tensor], valid: Tensor) -> Tensor:
        """Nothing: the policy does not learn here."""
        return torch.zeros(valid.shape)

    def reflect(self, batch: GameBatch) -> dict[str, float]:
        measured = super().reflect(batch)
        self._passed = batch.step >= self._settings.minimum_steps and self._passes(measured)
        return measured

    def satisfied(self) -> bool:
        return self._passed

    def state(self) -> dict[str, Tensor]:
        """Whether the gate has opened, so that a resumed run does not go past it."""
        return {"passed": torch.tensor(self._passed)}

    def load_state(self, state: Mapping[str, Tensor]) -> None:
        self._passed = bool(state["passed"])

    def _passes(self, measured: Mapping[str, float]) -> bool:
        """Whether both experts tell enough pairs apart that they have not yet learned from.

        Ties are left out: where the policy already writes what the demonstration says there is
        nothing to tell apart, and counting these pairs would keep the gate shut for ever.
        """
        gate = self._settings.gate
        names = [f"discriminator_accuracy_{channel}" for channel in self._discriminator.channels]
        return gate is not None and all(measured.get(name, 0.0) > gate for name in names)
