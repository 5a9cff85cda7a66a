"""The processes that carry out a run together, as one of them sees them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from torch import Tensor

from prism_engine.batch import TrainingBatch

Thing = TypeVar("Thing")


@dataclass(frozen=True)
class Pass:
    """What goes through a model at a time: some rows of a batch.

    All ranks take equally many passes. One for which no rows are left takes some along that do not
    count, so that nobody waits for it.
    """

    batch: TrainingBatch
    rows: slice  # of the whole batch
    counted: bool = True

    @property
    def width(self) -> int:
        """R, the length of its longest response."""
        return self.batch.response_ids.shape[1]


class Ranks:
    """One process that is alone, and whose share is everything. `Group` is several."""

    rank = 0
    count = 1
    alone = True

    @property
    def is_first(self) -> bool:
        """Whether this is the rank that speaks and writes for all."""
        return self.rank == 0

    def passes(self, batch: TrainingBatch, most_tokens: int) -> list[Pass]:
        """This rank's share of a batch, at most so many tokens at a time; at least one pass."""
        return passes_of(batch, most_tokens, 0)

    def share(self, things: Sequence[Thing]) -> Sequence[Thing]:
        """Those of the things that this rank deals with."""
        return things

    def any(self, flag: bool) -> bool:
        """Whether it is so on any rank."""
        return flag

    def sums(self, numbers: Mapping[str, float]) -> dict[str, float]:
        """The sum over all ranks of each number; all have the same names."""
        return dict(numbers)

    def total(self, tensor: Tensor) -> Tensor:
        """The sum over all ranks, without gradient."""
        return tensor

    def joined(self, thing: Thing) -> list[Thing]:
        """What every rank has, in their order."""
        return [thing]

    def from_first(self, make: Callable[[], Thing]) -> Thing:
        """What the first rank makes, so that nobody else comes to another result."""
        return make()

    def close(self) -> None:
        """Part from the others."""


def passes_of(batch: TrainingBatch, most_tokens: int, first: int) -> list[Pass]:
    """Cut a batch whose first row has the number `first` in the whole one."""
    passes = []
    for part in batch.split(most_tokens):
        last = first + len(part.prompt_index)
        passes.append(Pass(part, slice(first, last)))
        first = last
    return passes
