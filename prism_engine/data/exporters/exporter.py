"""What an export is: a data set in the words of another program, written row by row."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any, ClassVar, Protocol

from prism_engine.contract.runs import IMAGE_MARK
from prism_engine.data.records import Record, Turn


class Exporter(Protocol):
    """One format that data sets go out in."""

    name: ClassVar[str]
    title: ClassVar[str]

    def write(self, records: Iterable[Record], folder: Path, out: Path) -> int:
        """Write records, whose images lie in `folder`, into `out`; returns how many there were."""
        ...


def marked_turns(record: Record) -> list[Turn]:
    """What is said in a record, with a mark for every image."""
    turns = record.messages or [Turn(role="user", content=record.question)]
    if record.messages is None and record.response is not None:
        turns = [*turns, Turn(role="assistant", content=record.response)]
    first, *others = turns
    if record.images and IMAGE_MARK not in first.content:
        text = IMAGE_MARK * len(record.images) + "\n" + first.content
        first = Turn(role="user", content=text)
    return [first, *others]


def beside(record: Record) -> str:
    """What no format has a place for, as JSON: our importers read it again."""
    kept: dict[str, Any] = {
        "gold": record.answer and record.answer.model_dump(mode="json"),
        "rollouts": record.rollouts,
        "metadata": {key: value for key, value in record.metadata.items() if key != "system"},
    }
    return json.dumps({name: value for name, value in kept.items() if value}, ensure_ascii=False)
