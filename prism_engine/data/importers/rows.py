"""Rows of a file as they come, one at a time. A row that cannot be read stands as its refusal."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from prism_engine.contract.config import Problem
from prism_engine.data.importers.json_rows import json_rows
from prism_engine.data.importers.parquet_rows import parquet_rows
from prism_engine.data.importers.refusal import RefusedRow
from prism_engine.errors import InvalidData

DEEPEST_ROW = 32
LONGEST_TEXT = 2**20
"""Characters of one text. A picture inside a data: URL is none."""

_UNPAIRED = re.compile("[\ud800-\udfff]")

READERS: dict[str, Callable[[Path], Iterator[tuple[int, Any]]]] = {
    ".json": json_rows,
    ".jsonl": json_rows,
    ".parquet": parquet_rows,
}
"""By the end of a file's name. A reader gives numbers that count from 1, and what stands there."""


class SourceRow(NamedTuple):
    """One row of a file, or why it is none."""

    file: str
    number: int
    content: dict[str, Any] | RefusedRow


def read_rows(file: Path) -> Iterator[SourceRow]:
    """Read a file row by row; only one row, or one batch of them, is in memory.

    Raises:
        InvalidData: the file's name ends in none of the forms that can be read.
    """
    reader = READERS.get(file.suffix)
    if reader is None:
        message = f"{file.name} is none of {', '.join(READERS)}; convert it"
        raise InvalidData([Problem(field="source", message=message)])
    for number, content in reader(file):
        yield SourceRow(file.name, number, _checked(content))


def _checked(content: Any) -> dict[str, Any] | RefusedRow:
    """The row, if all in it can be stored as it stands."""
    if isinstance(content, RefusedRow):
        return content
    if not isinstance(content, dict):
        return RefusedRow("wrong_shape", "the row is no object with named fields")
    level: list[Any] = [content]
    for _ in range(DEEPEST_ROW):
        for value in level:
            if problem := _problem(value):
                return problem
        level = [inner for value in level for inner in _inside(value)]
        if not level:
            return content
    return RefusedRow("too_deep", f"the row is nested deeper than {DEEPEST_ROW} levels")


def _problem(value: Any) -> RefusedRow | None:
    if isinstance(value, float) and not math.isfinite(value):
        return RefusedRow("wrong_shape", "a number is not finite")
    if not isinstance(value, str):
        return None
    if "\0" in value or _UNPAIRED.search(value):
        return RefusedRow("unreadable_text", "a text holds NUL or half of a surrogate pair")
    if len(value) > LONGEST_TEXT and not value.startswith("data:"):
        return RefusedRow("too_long", f"a text has more than {LONGEST_TEXT:,} characters")
    return None


def _inside(value: Any) -> Iterator[Any]:
    if isinstance(value, dict):
        yield from value
        yield from value.values()
    elif isinstance(value, list):
        yield from value
