"""Randomness without state.

Every random draw of a step comes from a generator that is seeded by the pipeline's seed, the
purpose and the step alone. A resumed run therefore draws what the undisturbed one would have
drawn, and runs of one pipeline that differ in nothing but their weights see the same items.
"""

from __future__ import annotations

import functools
import hashlib

import torch

ORDERS_KEPT = 32
"""So many orders stay in memory: two epochs of each of the data sets that a run may mix."""


class Randomness:
    """The source of all random numbers of a run."""

    def __init__(self, seed: int) -> None:
        self.seed = seed
        self._order_of = functools.lru_cache(maxsize=ORDERS_KEPT)(self._order)

    def generator(self, purpose: str, step: int) -> torch.Generator:
        """A generator on the CPU, so that every device gets the same numbers."""
        digest = hashlib.sha256(f"{self.seed}/{purpose}/{step}".encode()).digest()
        return torch.Generator().manual_seed(int.from_bytes(digest[:8], "big", signed=True))

    def items(self, step: int, count: int, size: int) -> list[int]:
        """The `count` items of step 1, 2, 3 … of `size`: each once an epoch, in a random order."""
        return self.items_from((step - 1) * count, count, size)

    def items_from(self, first: int, count: int, size: int) -> list[int]:
        """The items in places `first` to `first + count` of the same endless order."""
        return [self.item(position, size) for position in range(first, first + count)]

    def item(self, position: int, size: int, purpose: str = "order") -> int:
        """The item at position 0, 1, 2 … of an endless walk through `size`, epoch by epoch."""
        epoch, place = divmod(position, size)
        return self._order_of(epoch, size, purpose)[place]

    def _order(self, epoch: int, size: int, purpose: str) -> list[int]:
        return torch.randperm(size, generator=self.generator(purpose, epoch)).tolist()
