"""PyTorch's fully sharded data parallelism: every rank keeps its shard of each weight.

The model is one unit (`computing.py`): its weights are whole while a pass goes through it, and
shards in between, as gradients and moments always are.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

import torch
from torch import Tensor, nn
from torch.autograd.graph import increment_version
from torch.distributed.fsdp import fully_shard
from torch.distributed.tensor import DTensor, distribute_tensor

from prism_engine.contract.distribution import Fsdp2 as Fsdp2Settings
from prism_engine.contract.settings import Optimizer
from prism_engine.distributed.computing import Computing
from prism_engine.distributed.ranks import Ranks
from prism_engine.distributed.strategy import Tensors
from prism_engine.policy.host import DeviceMemory, Memory
from prism_engine.policy.optimization import ScheduledAdamW


class Gathering(Computing):
    """A unit whose weights have just been gathered when a pass begins."""

    def forward(self, function: Callable[..., Tensors], *given: object) -> Tensors:
        self.renew()
        return super().forward(function, *given)

    def renew(self) -> None:
        """Say that weights have changed, which gathering does not; their copies go by that."""
        increment_version(list(self.parameters()))


class ShardedAdamW(ScheduledAdamW):
    """Every rank descends its shards, by one norm of all of them."""

    def clip(self) -> float:
        norm = nn.utils.clip_grad_norm_(self._parameters, self._settings.max_gradient_norm)
        return float(norm.full_tensor())


class ShardedEngine:
    """The shards of a model and of its optimizer."""

    def __init__(self, model: nn.Module, settings: Optimizer, steps: int, ranks: Ranks) -> None:
        self._ranks = ranks
        self._root = Gathering(model)
        # Nobody writes into what a pass returns, of which it warns.
        warnings.filterwarnings("ignore", message="FSDP2-wrapped module")
        fully_shard(self._root, reshard_after_forward=False)
        self._learning = {
            name: weight for name, weight in model.named_parameters() if weight.requires_grad
        }
        self._optimizer = ShardedAdamW(self._learning.values(), settings, steps)
        self.mark = torch.zeros((), dtype=torch.int64)

    def begin(self, *, images: bool) -> None:
        """Ranks without an image give zeros for the weights that see, if others have some."""
        self._root.set_reduce_scatter_unused_params(images)

    def compute(self, function: Callable[..., Tensors], *given: object) -> Tensors:
        computed = self._root(function, *given)
        if not torch.is_grad_enabled():
            # No backward pass will do it, and weights that are left would be the old ones later.
            self._root.reshard()
        return computed

    def backward(self, loss: Tensor) -> None:
        """Gradients are averaged over the ranks, where their sum is wanted."""
        (loss * self._ranks.count).backward()

    def step(self, step: int, what: str = "gradient") -> float:
        norm = self._optimizer.step(step, what)
        self.mark += 1
        return norm

    def learning_rate(self, step: int) -> float:
        return self._optimizer.learning_rate(step)

    @contextmanager
    def whole(self) -> Iterator[None]:
        self._root.unshard()
        self._root.renew()
        try:
            yield
        finally:
            self._root.reshard()

    def state(self) -> dict[str, Tensor]:
        state = {}
        for name, value in self._shards().items():
            gathered = value.full_tensor() if isinstance(value, DTensor) else value
            if self._ranks.is_first:
                state[name] = gathered.detach().cpu()
        return state

    @torch.no_grad()
    def load_state(self, state: Mapping[str, Tensor]) -> None:
        for name, weight in self._learning.items():
            weight.copy_(_shard_of(weight, state[f"model.{name}"]))
        moments = {
            name.removeprefix("optimizer."): value
            for name, value in state.items()
            if name.startswith("optimizer.")
        }
        weights = list(self._learning.values())
        self._optimizer.load_state(
            {
                name: _shard_of(weights[int(name.split(".")[0])], value) if value.ndim else value
                for name, value in moments.items()
            }
        )

    def _shards(self) -> dict[str, Tensor]:
        weights = {f"model.{name}": weight for name, weight in self._learning.items()}
        moments = self._optimizer.state().items()
        return weights | {f"optimizer.{name}": value for name, value in moments}


def _shard_of(weight: DTensor, value: Tensor) -> DTensor:
    """This rank's shard of a value that all ranks have, in the form of the weight's."""
    there = value.to(weight.device)
    return distribute_tensor(there, weight.device_mesh, weight.placements, src_data_rank=None)


class FullySharded:
    """The strategy of ranks that keep a shard of everything."""

    memory: Memory = DeviceMemory()

    def __init__(self, settings: Fsdp2Settings, ranks: Ranks) -> None:
        self.ranks = ranks

    def prepare(self, model: nn.Module, settings: Optimizer, steps: int) -> ShardedEngine:
        return ShardedEngine(model, settings, steps, self.ranks)
