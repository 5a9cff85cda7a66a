"""verl: one Parquet file with its images inside, and the columns that PRISM adds."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice
from pathlib import Path
from typing import Any, ClassVar

import pyarrow
from pyarrow.parquet import ParquetWriter

from prism_engine.data.answers import written
from prism_engine.data.exporters.exporter import beside, marked_turns
from prism_engine.data.importers.fields import KEPT_COLUMN
from prism_engine.data.records import Record, image_file
from prism_engine.data.response import parse_response

FILE = "data.parquet"

_ROWS_AT_ONCE = 64
_TEXT = pyarrow.string()
_MESSAGE = pyarrow.struct([("role", _TEXT), ("content", _TEXT)])
_IMAGE = pyarrow.struct([("bytes", pyarrow.binary()), ("path", _TEXT)])
SCHEMA = pyarrow.schema(
    [
        ("id", _TEXT),
        ("data_source", _TEXT),
        ("prompt", pyarrow.list_(_MESSAGE)),
        ("images", pyarrow.list_(_IMAGE)),
        ("reward_model", pyarrow.struct([("ground_truth", _TEXT), ("style", _TEXT)])),
        ("extra_info", pyarrow.struct([("split", _TEXT), ("index", pyarrow.int64())])),
        ("teacher_response", _TEXT),
        ("teacher_caption", _TEXT),
        ("teacher_cot", _TEXT),
        (KEPT_COLUMN, _TEXT),
    ]
)


class VerlExport:
    """Prompts with ground truth, and what the teacher says where there is a demonstration."""

    name: ClassVar[str] = "verl"
    title: ClassVar[str] = "verl Parquet"

    def write(self, records: Iterable[Record], folder: Path, out: Path) -> int:
        count = 0
        with ParquetWriter(out / FILE, SCHEMA) as writer:
            remaining = iter(records)
            while some := list(islice(remaining, _ROWS_AT_ONCE)):
                rows = [_row(record, folder, count + n) for n, record in enumerate(some)]
                writer.write_table(pyarrow.Table.from_pylist(rows, schema=SCHEMA))
                count += len(rows)
        return count


def _row(record: Record, folder: Path, index: int) -> dict[str, Any]:
    system = record.metadata.get("system")
    turns = [turn.model_dump() for turn in marked_turns(record)]
    said = turns.pop()["content"] if turns[-1]["role"] == "assistant" else None
    sections = parse_response(said or "")
    truth = record.answer and written(record.answer)
    return {
        "id": record.id,
        "data_source": record.metadata.get("data_source", "prism"),
        "prompt": [*([{"role": "system", "content": system}] if system else []), *turns],
        "images": [_image(record, folder, number) for number in range(len(record.images))],
        "reward_model": {"ground_truth": truth, "style": "rule"},
        "extra_info": {"split": record.metadata.get("split"), "index": index},
        "teacher_response": said,
        "teacher_caption": sections and sections.perception,
        "teacher_cot": sections and sections.reasoning,
        KEPT_COLUMN: beside(record),
    }


def _image(record: Record, folder: Path, number: int) -> dict[str, Any]:
    return {
        "bytes": image_file(folder, record, number).path.read_bytes(),
        "path": record.images[number],
    }
