"""Which prompts come next."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor

from prism_engine.randomness import Randomness


class PromptCursor:
    """Goes through the items of a data set: each once an epoch, in an order of its own.

    How many prompts a step takes may depend on what was drawn, and so the place is saved in
    checkpoints, together with the items that were chosen.
    """

    def __init__(self, size: int, randomness: Randomness) -> None:
        self._randomness = randomness
        self._items = torch.arange(size)
        self._place = 0

    def choose(self, items: Sequence[int]) -> None:
        """Go through these items alone."""
        self._items = torch.tensor(items)

    def ahead(self, offset: int, count: int) -> list[int]:
        """So many items from `offset` places further on."""
        places = self._randomness.items_from(self._place + offset, count, len(self._items))
        return self._items[places].tolist()

    def advance(self, count: int) -> None:
        """Leave so many items behind."""
        self._place += count

    def state(self) -> dict[str, Tensor]:
        return {"items": self._items, "place": torch.tensor(self._place)}

    def load_state(self, state: Mapping[str, Tensor]) -> None:
        self._items, self._place = state["items"], int(state["place"])
