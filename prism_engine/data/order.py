"""Which items a run learns from, one after the other without an end.

An order answers for any position without having been asked for those before it, and its answer
depends on the seed alone, so that a resumed run goes on with what the undisturbed one would have
seen.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Protocol

import torch
from torch import Tensor

from prism_engine.randomness import Randomness

_BLOCK = 1024
"""A mixture is drawn so many positions at a time."""

_STEPS_SORTED = 64
"""So many steps' items are sorted by length together: alike within a step, yet not always those."""


class Order(Protocol):
    """An endless sequence of the items 0 … size - 1."""

    size: int

    def item(self, position: int) -> int:
        """The item at position 0, 1, 2 …"""
        ...


class Shuffled:
    """Each item once an epoch, every epoch in another order."""

    def __init__(self, size: int, randomness: Randomness, purpose: str = "order") -> None:
        self.size = size
        self._randomness = randomness
        self._purpose = purpose

    def item(self, position: int) -> int:
        return self._randomness.item(position, self.size, self._purpose)


class Mixed:
    """Several orders, drawn from by weight, each of which goes through its own epochs.

    Items are numbered through: those of the second order follow those of the first.
    """

    def __init__(
        self, orders: Sequence[Order], weights: Sequence[float], randomness: Randomness
    ) -> None:
        self.size = sum(order.size for order in orders)
        self._orders = orders
        self._weights = torch.tensor(weights, dtype=torch.float64)
        self._randomness = randomness
        self._sources = functools.lru_cache(maxsize=4)(self._draw_sources)
        self._drawn_before = [torch.zeros(len(orders), dtype=torch.long)]  # (orders,) by block

    def item(self, position: int) -> int:
        block, place = divmod(position, _BLOCK)
        sources = self._sources(block)
        source = int(sources[place])
        drawn = self._before(block)[source] + (sources[:place] == source).sum()
        first = sum(order.size for order in self._orders[:source])
        return first + self._orders[source].item(int(drawn))

    def _draw_sources(self, block: int) -> Tensor:
        """(_BLOCK,) the order that each position of a block is drawn from."""
        generator = self._randomness.generator("mixture", block)
        return torch.multinomial(self._weights, _BLOCK, replacement=True, generator=generator)

    def _before(self, block: int) -> Tensor:
        """(orders,) how often each was drawn from in earlier blocks."""
        while len(self._drawn_before) <= block:
            last = len(self._drawn_before) - 1
            counts = self._sources(last).bincount(minlength=len(self._orders))
            self._drawn_before.append(self._drawn_before[last] + counts)
        return self._drawn_before[block]


class GroupedByLength:
    """Another order's items, those of one step being of like length and steps in random order.

    Within every `size` items nothing comes more or less often than in the other order.
    """

    def __init__(
        self,
        order: Order,
        batch_size: int,
        length: Callable[[int], int],
        randomness: Randomness,
    ) -> None:
        self.size = order.size
        self._order = order
        self._batch_size = batch_size
        self._length = length
        self._randomness = randomness
        self._window = functools.lru_cache(maxsize=2)(self._sort)

    def item(self, position: int) -> int:
        start = position - position % self.size
        # The step in which an epoch begins also holds the last items of the epoch before it.
        start += -start % self._batch_size
        if position < start:
            return self._order.item(position)
        end = position - position % self.size + self.size
        sorted_together = _STEPS_SORTED * self._batch_size
        place = (position - start) % sorted_together
        first = position - place
        return self._window(first, min(first + sorted_together, end))[place]

    def _sort(self, first: int, last: int) -> list[int]:
        """The items of all positions from `first` up to but without `last`."""
        items = [self._order.item(position) for position in range(first, last)]
        items.sort(key=self._length)
        size = self._batch_size
        steps = [items[start : start + size] for start in range(0, len(items), size)]
        rest = [] if len(steps[-1]) == size else steps.pop()
        generator = self._randomness.generator("length", first)
        mixed = torch.randperm(len(steps), generator=generator).tolist()
        return [item for number in mixed for item in steps[number]] + rest
