"""Data parallelism: every rank holds all weights, and gradients are added up once an update.

They are not added up while the backward pass still goes on, as PyTorch's own wrapper does it: its
hooks take one pass an update and one road through the model for granted, where here an update has
as many passes as its tokens need and a prompt is read once for many responses.
"""

from __future__ import annotations

from torch import nn

from prism_engine.contract.distribution import Ddp
from prism_engine.contract.settings import Optimizer
from prism_engine.distributed.gradients import add_up
from prism_engine.distributed.ranks import Ranks
from prism_engine.distributed.single import SingleEngine
from prism_engine.policy.host import DeviceMemory, Memory


class DataParallelEngine(SingleEngine):
    """All of a model and of its optimizer, once on every rank."""

    def __init__(self, model: nn.Module, settings: Optimizer, steps: int, ranks: Ranks) -> None:
        super().__init__(model, settings, steps)
        self._learning = [weight for weight in model.parameters() if weight.requires_grad]
        self._ranks = ranks

    def step(self, step: int, what: str = "gradient") -> float:
        add_up(self._learning, self._ranks)
        return super().step(step, what)


class DataParallel:
    """The strategy of ranks that have room for everything."""

    memory: Memory = DeviceMemory()

    def __init__(self, settings: Ddp, ranks: Ranks) -> None:
        self.ranks = ranks

    def prepare(self, model: nn.Module, settings: Optimizer, steps: int) -> DataParallelEngine:
        return DataParallelEngine(model, settings, steps, self.ranks)
