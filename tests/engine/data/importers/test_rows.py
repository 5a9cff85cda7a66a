from __future__ import annotations

import json
from pathlib import Path

import pyarrow
import pyarrow.parquet
import pytest

from prism_engine.data.importers.refusal import RefusedRow
from prism_engine.data.importers.rows import DEEPEST_ROW, read_rows
from prism_engine.errors import InvalidData


def reasons(file: Path) -> list[str | None]:
    contents = (row.content for row in read_rows(file))
    return [c.reason if isinstance(c, RefusedRow) else None for c in contents]


def nested(levels: int) -> dict:
    row: dict = {}
    for _ in range(levels):
        row = {"a": row}
    return row


def test_rows_that_cannot_be_stored_are_refused_by_name(tmp_path: Path) -> None:
    file = tmp_path / "rows.jsonl"
    lines = [
        '{"a": "fine \\ud83d\\ude00"}',
        '{"a": "nul \\u0000"}',
        '{"a": ["half \\ud800"]}',
        '{"half \\udc00": 1}',
        '{"a": 1e999}',
        '{"a": Infinity}',
        "[1]",
        json.dumps({"a": "x" * (10 * 2**20)}),
        json.dumps({"a": "data:image/png;base64," + "A" * (2 * 2**20)}),
        json.dumps(nested(DEEPEST_ROW - 1)),
        json.dumps(nested(DEEPEST_ROW)),
    ]
    file.write_text("\n".join(lines))
    assert reasons(file) == [
        None, "unreadable_text", "unreadable_text", "unreadable_text", "wrong_shape", "not_json",
        "wrong_shape", "too_long", None, None, "too_deep",
    ]  # fmt: skip


def test_parquet_is_read_in_batches_and_its_end_may_be_missing(tmp_path: Path) -> None:
    file = tmp_path / "rows.parquet"
    table = pyarrow.table({"a": [f"{number}" * 500 for number in range(3000)]})
    pyarrow.parquet.write_table(table, file, row_group_size=1000, compression="none")
    rows = list(read_rows(file))
    assert [row.number for row in rows] == list(range(1, 3001))
    assert rows[2999].content == {"a": "2999" * 500}

    content = bytearray(file.read_bytes())
    middle = content.index(b"1500" * 500)
    content[middle - 20_000 : middle] = b"\xff" * 20_000
    file.write_bytes(content)
    assert reasons(file)[-1] == "damaged_file"
    file.write_bytes(content[:1000])
    assert reasons(file) == ["damaged_file"]


def test_a_text_that_is_no_utf_8_costs_its_row_alone(tmp_path: Path) -> None:
    file = tmp_path / "rows.parquet"
    values = pyarrow.array([b"good", b"\xff\xfe", b"fine"]).view(pyarrow.string())
    pyarrow.parquet.write_table(pyarrow.table({"a": values}), file)
    assert reasons(file) == [None, "unreadable_text", None]


def test_a_file_of_another_kind_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidData, match=r"rows\.csv is none of \.json, \.jsonl, \.parquet"):
        list(read_rows(tmp_path / "rows.csv"))
