"""Rows of a Parquet file, read in small batches so that a row group need not fit into memory."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow
from pyarrow.parquet import ParquetFile

from prism_engine.data.importers.refusal import RefusedRow

_ROWS_AT_ONCE = 32
_BUFFER = 2**16


def parquet_rows(file: Path) -> Iterator[tuple[int, Any]]:
    """Every row with its number."""
    number = 0
    try:
        with ParquetFile(file, buffer_size=_BUFFER, pre_buffer=False) as table:
            for batch in table.iter_batches(_ROWS_AT_ONCE, use_threads=False):
                for row in _rows(batch):
                    number += 1
                    yield number, row
    except (pyarrow.ArrowException, OSError) as error:
        message = f"the file cannot be read from here, and rows may be missing: {error}"
        yield number + 1, RefusedRow("damaged_file", message)


def _rows(batch: pyarrow.RecordBatch) -> list[Any]:
    try:
        return batch.to_pylist()
    except ValueError:
        # One row that does not convert must not take the others of its batch with it.
        return [_row(batch.slice(place, 1)) for place in range(batch.num_rows)]


def _row(batch: pyarrow.RecordBatch) -> Any:
    try:
        return batch.to_pylist()[0]
    except ValueError as error:
        return RefusedRow("unreadable_text", f"a value cannot be read: {error}")
