"""What a run ends with: ordinary Hugging Face folders, each with its model card."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from prism_engine.card import Card


class Exportable(Protocol):
    """A model that can be written as an ordinary Hugging Face folder."""

    def whole(self) -> AbstractContextManager[object]:
        """In here all of its weights are in this process. All ranks enter together."""
        ...

    @property
    def size(self) -> int:
        """Bytes of its weights."""
        ...

    def export(self, folder: Path) -> None: ...


@dataclass(frozen=True)
class Export:
    """A model in its role, and the card that goes with it."""

    model: Exportable
    role: str
    card: Card

    @property
    def size(self) -> int:
        """Bytes of the weights."""
        return self.model.size

    def write(self, folder: Path, step: int, metrics: Mapping[str, float]) -> None:
        """Fill an empty folder with the model as it is after `step`."""
        self.model.export(folder)
        self.card.write(folder, self.role, step, metrics)
