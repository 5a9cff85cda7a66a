"""What one of several processes holds of a model that learns, by the strategy that spreads it.

Counted in numbers of the weights' format: a shard is a process's part, rounded up. Formulas follow
`prism_engine/distributed`, where a model is one unit: all of its weights are gathered for a pass,
all of its gradients are there until they are reduced.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from prism_engine.contract.config import Run
from prism_engine.contract.distribution import REDUCED_AT_A_TIME, DeepSpeed, Fsdp2, Spread


@dataclass(frozen=True)
class Sharding:
    """How a model lies over processes: all of it in each, be it one or data parallelism."""

    ranks: int = 1

    def resting(self, weights: int) -> int:
        """Weights between passes."""
        return weights

    def optimizer(self, learned: int) -> dict[str, int]:
        """What is there beside the weights from the first step to the last, by its name."""
        return {"moments": 2 * learned}

    def gathered(self, weights: int) -> int:
        """Weights that come for a pass; as they come, they are there twice."""
        return 0

    def fetched(self, weights: int) -> int:
        """What it takes to have all weights for something that is no pass."""
        return 0

    def remaining(self, weights: int) -> int:
        """Gathered weights that stay as long as the graph of a pass is kept."""
        return 0

    def gradients(self, learned: int, taken: int, *, alone: bool) -> int:
        """Gradients at the peak of a backward pass that takes so much beside them.

        Those of earlier passes are there unless it is alone; its own come as activations go.
        """
        return max(0, learned - taken) if alone else learned

    def reduction(self, learned: int) -> int:
        """What adding up the gradients of all processes takes, these included."""
        return learned + (2 * min(learned, REDUCED_AT_A_TIME) if self.ranks > 1 else 0)


@dataclass(frozen=True)
class Zero(Sharding):
    """DeepSpeed's: the optimizer descends a shard of its own, whose gradients it keeps."""

    offload: bool = False

    def optimizer(self, learned: int) -> dict[str, int]:
        if self.offload:
            return {}
        shard = _shard(learned, self.ranks)
        return {"moments": 2 * shard, "optimizer's weights": shard}

    def reduction(self, learned: int) -> int:
        return learned + _shard(learned, self.ranks) + REDUCED_AT_A_TIME


class Zero3(Zero):
    """Weights in shards as well."""

    def resting(self, weights: int) -> int:
        return 0 if self.offload else _shard(weights, self.ranks)

    def optimizer(self, learned: int) -> dict[str, int]:
        shard = {} if self.offload else {"gradients' shard": _shard(learned, self.ranks)}
        return {**super().optimizer(learned), **shard, "reduced at a time": REDUCED_AT_A_TIME}

    def gathered(self, weights: int) -> int:
        return weights

    def fetched(self, weights: int) -> int:
        return weights

    def reduction(self, learned: int) -> int:
        return learned + min(learned, REDUCED_AT_A_TIME)


@dataclass(frozen=True)
class FullySharded(Sharding):
    """PyTorch's: weights, gradients and moments in shards."""

    def resting(self, weights: int) -> int:
        return _shard(weights, self.ranks)

    def optimizer(self, learned: int) -> dict[str, int]:
        return {"moments": 2 * _shard(learned, self.ranks)}

    def gathered(self, weights: int) -> int:
        return weights

    def fetched(self, weights: int) -> int:
        return 2 * weights

    def remaining(self, weights: int) -> int:
        return weights

    def gradients(self, learned: int, taken: int, *, alone: bool) -> int:
        earlier = 0 if alone else _shard(learned, self.ranks)
        return earlier + max(0, learned - taken)

    def reduction(self, learned: int) -> int:
        return 2 * learned + _shard(learned, self.ranks)


def sharding_of(run: Run) -> Sharding:
    """That of a run; where nobody knows the processes of a node, it is taken to have one."""
    strategy = run.strategy
    if not isinstance(strategy, Spread):
        return Sharding()
    ranks = run.resources.nodes * (strategy.processes or run.resources.gpus or 1)
    if isinstance(strategy, DeepSpeed):
        return (Zero if strategy.stage == 2 else Zero3)(ranks, strategy.offload)
    return FullySharded(ranks) if isinstance(strategy, Fsdp2) else Sharding(ranks)


def largest(*moments: Mapping[str, int]) -> dict[str, int]:
    """Of what is there at several moments, that of which there is most."""
    most = max(moments, key=lambda taken: sum(taken.values()))
    return {name: numbers for name, numbers in most.items() if numbers}


def _shard(numbers: int, ranks: int) -> int:
    return -(-numbers // ranks)
