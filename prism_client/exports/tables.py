"""Tables as CSV, JSON or Parquet; the ending of the file's name says which."""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import Any, TextIO

Rows = Iterable[Sequence[Any]]


def write_table(columns: Sequence[str], rows: Rows, out: Path | None, as_json: bool) -> None:
    """Write to a file, or to standard output as CSV or JSON.

    Raises:
        ValueError: the file's ending names no form.
    """
    ending = ".json" if as_json else (out.suffix if out else ".csv")
    if ending == ".parquet" and out is not None:
        _write_parquet(columns, rows, out)
        return
    if ending not in TEXTS:
        raise ValueError(f"{out}: name a file that ends in .csv, .json or .parquet")
    opened = out.open("w", encoding="utf-8", newline="") if out else nullcontext(sys.stdout)
    with opened as file:
        TEXTS[ending](columns, rows, file)


def _write_csv(columns: Sequence[str], rows: Rows, file: TextIO) -> None:
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(rows)


def _write_json(columns: Sequence[str], rows: Rows, file: TextIO) -> None:
    json.dump([dict(zip(columns, row, strict=True)) for row in rows], file, default=str)
    file.write("\n")


TEXTS: Mapping[str, Callable[[Sequence[str], Rows, TextIO], None]] = {
    ".csv": _write_csv,
    ".json": _write_json,
}


def _write_parquet(columns: Sequence[str], rows: Rows, out: Path) -> None:
    # It takes half a second to load, which no other command should.
    import pyarrow
    from pyarrow import parquet

    by_column = zip(*rows, strict=True)
    arrays = [pyarrow.array(_alike(values)) for values in by_column]
    if not arrays:
        arrays = [pyarrow.array([], pyarrow.string()) for _ in columns]
    parquet.write_table(pyarrow.table(arrays, names=list(columns)), out)


def _alike(values: Sequence[Any]) -> Sequence[Any]:
    """A column of Parquet has one type: numbers become floats, a mixture becomes texts."""
    kinds = {type(value) for value in values if value is not None}
    if kinds == {int, float}:
        return [None if value is None else float(value) for value in values]
    if len(kinds) > 1:
        return [None if value is None else str(value) for value in values]
    return values


def flat(settings: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """Return settings by their paths, such as `optimizer.learning_rate`; lists as JSON."""
    found: dict[str, Any] = {}
    for name, value in settings.items():
        if isinstance(value, Mapping):
            found |= flat(value, f"{prefix}{name}.")
        elif isinstance(value, list):
            found[f"{prefix}{name}"] = json.dumps(value, ensure_ascii=False)
        elif value is not None:
            found[f"{prefix}{name}"] = value
    return found
