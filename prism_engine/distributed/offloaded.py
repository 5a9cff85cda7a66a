"""One process whose optimizers keep what only they need in the machine's memory."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager

from torch import Tensor, nn

from prism_engine.contract.distribution import Offloaded as OffloadedSettings
from prism_engine.contract.settings import Optimizer
from prism_engine.distributed.ranks import Ranks
from prism_engine.distributed.single import SingleEngine
from prism_engine.policy.host import HostMemory, Memory
from prism_engine.policy.offloaded import OffloadedAdamW


class OffloadedEngine(SingleEngine):
    """A model whose moments, and weights that copies stand in for, rest outside of the step."""

    def __init__(self, model: nn.Module, settings: Optimizer, steps: int, memory: Memory) -> None:
        super().__init__(model, settings, steps)
        self._optimizer = OffloadedAdamW(model.parameters(), settings, steps, memory)
        self._memory = memory

    def whole(self) -> AbstractContextManager[object]:
        return self._memory.awake(self._model.parameters())

    def state(self) -> dict[str, Tensor]:
        return {name: self._memory.content(value) for name, value in super().state().items()}

    def load_state(self, state: Mapping[str, Tensor]) -> None:
        with self.whole():
            super().load_state(state)


class Offloaded:
    """The strategy of a process whose device has too little room."""

    def __init__(self, settings: OffloadedSettings, ranks: Ranks) -> None:
        self.ranks = ranks
        self.memory: Memory = HostMemory()

    def prepare(self, model: nn.Module, settings: Optimizer, steps: int) -> OffloadedEngine:
        return OffloadedEngine(model, settings, steps, self.memory)
