"""EasyR1: `problem`, `answer` and `images`, whose columns its settings may name differently."""

from __future__ import annotations

from typing import ClassVar

from prism_engine.data.importers.draft import Draft, Said
from prism_engine.data.importers.fields import (
    Content,
    Layout,
    as_text,
    kept,
    read_id,
    refuse_others,
)
from prism_engine.data.importers.pictures import read_pictures


class EasyR1:
    """Questions with answers, for reinforcement learning; as many `<image>` as images."""

    name: ClassVar[str] = "easyr1"
    title: ClassVar[str] = "EasyR1"

    def __init__(self, layout: Layout) -> None:
        self._layout = layout

    def recognises(self, row: Content) -> bool:
        return isinstance(self._layout.value(row, "problem"), str) and "answer" in row

    def read(self, row: Content) -> Draft:
        refuse_others(row, "videos")
        problem = as_text(self._layout.value(row, "problem"), "problem")
        gold = self._layout.value(row, "answer")
        return Draft(
            said=[Said.text("user", problem)],
            pictures=read_pictures(self._layout.value(row, "images")),
            id=read_id(row),
            **{"gold": "" if gold is None else gold, **kept(row)},
        )
