"""Warm-up: a fresh discriminator learns to tell demonstrations from the policy's rollouts."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor

from prism_engine.batch import Drawn
from prism_engine.contract.config import Warmup as WarmupSettings
from prism_engine.contract.events import ExpertAudit
from prism_engine.stages.game import Equipment, GameStage


class Warmup(GameStage):
    """The policy stays as it is; the run ends once all experts pass the gate in an audit."""

    def __init__(self, settings: WarmupSettings, equipment: Equipment) -> None:
        super().__init__(equipment)
        self._settings = settings
        self._passed = False

    def advantages(self, rewards: Mapping[str, Tensor], drawn: Drawn) -> Tensor:
        """Nothing: the policy does not learn here."""
        return torch.zeros(drawn.rollouts.mask.shape)

    def audited(self, step: int, experts: Mapping[str, ExpertAudit]) -> None:
        self._passed = step >= self._settings.minimum_steps and self._passes(experts)

    def satisfied(self) -> bool:
        return self._passed

    def state(self) -> dict[str, Tensor]:
        """Whether the gate has opened, so that a resumed run does not go past it."""
        return {"passed": torch.tensor(self._passed)}

    def load_state(self, state: Mapping[str, Tensor]) -> None:
        self._passed = bool(state["passed"])

    def _passes(self, experts: Mapping[str, ExpertAudit]) -> bool:
        """Whether every expert tells enough pairs apart that it has never learned from.

        Ties are left out: where the policy already writes what the demonstration says there is
        nothing to tell apart, and counting these pairs would keep the gate shut for ever.
        """
        gate = self._settings.gate
        accuracies = [expert.accuracy for expert in experts.values()]
        return (
            gate is not None
            and bool(accuracies)
            and all(accuracy is not None and accuracy.value > gate for accuracy in accuracies)
        )
