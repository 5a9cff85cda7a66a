"""A whole import: every row becomes a record or is quarantined, and a report says how many."""

from __future__ import annotations

import json
import sqlite3
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any, TextIO

from prism_engine.contract.config import Problem
from prism_engine.data.importers import IMPORTERS
from prism_engine.data.importers.images import Fetch, ImageFolder, refuse_remote
from prism_engine.data.importers.importer import Importer
from prism_engine.data.importers.refusal import RefusedRow
from prism_engine.data.importers.rows import SourceRow, read_rows
from prism_engine.data.importers.source import Source
from prism_engine.data.records import Record
from prism_engine.errors import InvalidData

REPORT = "import.json"
QUARANTINE = "quarantine.jsonl"
DATA = "data.jsonl"

_LOOKED_AT = 50
"""Rows by which a format is recognised."""


@dataclass
class Report:
    """What became of the rows."""

    format: str
    source: list[str]
    rows: int = 0
    imported: int = 0
    images: int = 0
    renamed: int = 0  # rows whose id another row had before
    quarantined: Counter[str] = field(default_factory=Counter)

    @property
    def is_complete(self) -> bool:
        """Whether every file could be read to its end."""
        return "damaged_file" not in self.quarantined

    def __str__(self) -> str:
        refused = self.rows - self.imported
        lines = [
            f"{self.rows:,} rows of {', '.join(self.source)} ({self.format}): "
            f"{self.imported:,} imported with {self.images:,} images, {refused:,} quarantined"
        ]
        lines += [f"  {reason:16} {count:,}" for reason, count in self.quarantined.most_common()]
        if self.renamed:
            lines.append(f"  {self.renamed:,} rows had an id that was taken, and got another")
        return "\n".join(lines)

    def as_json(self) -> dict[str, Any]:
        return {**vars(self), "quarantined": dict(sorted(self.quarantined.items()))}


def import_data(
    source: Source, out: Path, importer: Importer, fetch: Fetch = refuse_remote
) -> Report:
    """Write the data set into `out`, beside it what was refused and the report.

    `data.jsonl` has its name once all of it is written. Memory does not grow with the rows.

    Raises:
        InvalidData: `out` holds something already, or no row could be used.
    """
    if out.exists() and any(out.iterdir()):
        raise _invalid("out", f"{out} is not empty; name a new folder")
    out.mkdir(parents=True, exist_ok=True)
    report = Report(importer.name, [file.name for file in source.files])
    images = ImageFolder(out, source.pictures, fetch)
    partial = out / f"{DATA}.partial"
    with (
        partial.open("w", encoding="utf-8") as data,
        (out / QUARANTINE).open("w", encoding="utf-8") as quarantine,
        closing(_Ids()) as ids,
    ):
        for row in _rows(source):
            report.rows += 1
            try:
                record = _record(row, source, importer, images, ids, report)
            except RefusedRow as refused:
                report.quarantined[refused.reason] += 1
                _write_line(quarantine, _quarantined(row, refused))
            else:
                report.imported += 1
                _write_line(data, as_row(record))
    report.images = images.written
    (out / REPORT).write_text(json.dumps(report.as_json(), indent=2) + "\n", "utf-8")
    if not report.imported:
        message = f"none of {report.rows} rows could be used; {out / QUARANTINE} says why"
        raise _invalid("source", message)
    partial.replace(out / DATA)
    return report


def recognise(source: Source) -> str:
    """The name of the one format that the first rows are in.

    Raises:
        InvalidData: they are in none that is known, or look like several.
    """
    rows = [row.content for row in islice(_rows(source), _LOOKED_AT)]
    readable = [row for row in rows if not isinstance(row, RefusedRow)]
    formats = [format(source.layout) for format in IMPORTERS.values()]
    counts = {f.name: sum(f.recognises(row) for row in readable) for f in formats}
    # One broken row must not hide the format of the others.
    likely = [name for name, count in counts.items() if count and 2 * count > len(readable)]
    if len(likely) == 1:
        return likely[0]
    if likely:
        raise _invalid(
            "format", f"the rows look like {' and like '.join(likely)}; choose by --format"
        )
    columns = ", ".join(sorted({str(key) for row in readable for key in row})[:20])
    message = f"no format is known by the columns {columns or '(none)'}; choose by --format"
    raise _invalid("format", f"{message} one of {', '.join(IMPORTERS)}")


def as_row(record: Record) -> dict[str, Any]:
    """A record as a line of `data.jsonl` holds it, without what it does not have."""
    found = record.model_dump(mode="json")
    return {name: value for name, value in found.items() if value not in (None, "", [], {})}


def _rows(source: Source) -> Iterator[SourceRow]:
    for file in source.files:
        yield from read_rows(file)


def _record(
    row: SourceRow,
    source: Source,
    importer: Importer,
    images: ImageFolder,
    ids: _Ids,
    report: Report,
) -> Record:
    if isinstance(row.content, RefusedRow):
        raise row.content
    draft = importer.read(row.content)
    draft.check_placeholders()
    made_up = f"{Path(row.file).stem}-{row.number}"
    # Images are stored last: what is refused for its text leaves none behind.
    record = draft.record(draft.id or made_up, images=["" for _ in draft.pictures])
    changes: dict[str, Any] = {"images": [images.store(picture) for picture in draft.pictures]}
    if split := record.metadata.get("split") or source.split_of(row.file):
        changes["metadata"] = {**record.metadata, "split": split}
    if not ids.add(record.id):
        changes["id"] = f"{record.id}~{made_up}"
        ids.add(changes["id"])
        report.renamed += 1
    return record.model_copy(update=changes)


def _quarantined(row: SourceRow, refused: RefusedRow) -> dict[str, Any]:
    return {
        "file": row.file,
        "row": row.number,
        "reason": refused.reason,
        "message": refused.message.encode("utf-8", "replace").decode("utf-8")[:1000],
    }


def _write_line(file: TextIO, content: dict[str, Any]) -> None:
    file.write(json.dumps(content, ensure_ascii=False) + "\n")


class _Ids:
    """The ids so far, in a file that disappears: a set would grow with the rows."""

    def __init__(self) -> None:
        self._database = sqlite3.connect("", isolation_level=None)
        self._database.execute("CREATE TABLE seen (id TEXT PRIMARY KEY) WITHOUT ROWID")
        self._database.execute("BEGIN")

    def add(self, id: str) -> bool:
        """Whether it is new."""
        done = self._database.execute("INSERT OR IGNORE INTO seen VALUES (?)", (id,))
        return done.rowcount == 1

    def close(self) -> None:
        self._database.close()


def _invalid(field: str, message: str) -> InvalidData:
    return InvalidData([Problem(field=field, message=message)])
