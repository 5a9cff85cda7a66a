"""One process that holds everything."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext

import torch
from torch import Tensor, nn

from prism_engine.contract.distribution import Single as SingleSettings
from prism_engine.contract.settings import Optimizer
from prism_engine.distributed.ranks import Ranks
from prism_engine.distributed.strategy import Tensors
from prism_engine.policy.host import DeviceMemory, Memory
from prism_engine.policy.optimization import ScheduledAdamW, load_trained_state, trained_state


class SingleEngine:
    """A model and its optimizer, and nobody to share them with."""

    def __init__(self, model: nn.Module, settings: Optimizer, steps: int) -> None:
        self._model = model
        self._optimizer = ScheduledAdamW(model.parameters(), settings, steps)
        self.mark = torch.zeros((), dtype=torch.int64)

    def begin(self, *, images: bool) -> None:
        """Weights that see images have a gradient where there are any."""

    def compute(self, function: Callable[..., Tensors], *given: object) -> Tensors:
        return function(*given)

    def backward(self, loss: Tensor) -> None:
        loss.backward()

    def step(self, step: int, what: str = "gradient") -> float:
        norm = self._optimizer.step(step, what)
        self.mark += 1
        return norm

    def learning_rate(self, step: int) -> float:
        return self._optimizer.learning_rate(step)

    def whole(self) -> AbstractContextManager[object]:
        return nullcontext()

    def state(self) -> dict[str, Tensor]:
        return trained_state(self._model, self._optimizer)

    def load_state(self, state: Mapping[str, Tensor]) -> None:
        load_trained_state(self._model, self._optimizer, state)


class Single:
    """The strategy of a process that is alone."""

    memory: Memory = DeviceMemory()

    def __init__(self, settings: SingleSettings, ranks: Ranks) -> None:
        self.ranks = ranks

    def prepare(self, model: nn.Module, settings: Optimizer, steps: int) -> SingleEngine:
        return SingleEngine(model, settings, steps)


ALONE = Single(SingleSettings(), Ranks())
