"""A benchmark that others have published: from its files to a data set that runs can name.

What its authors count is asserted, so that half a download is never scored as the whole.
"""

from __future__ import annotations

import hashlib
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar, TypeVar

from prism_engine.benchmarks.benchmark import Outcome
from prism_engine.benchmarks.breakdown import accuracy, by
from prism_engine.benchmarks.files import (
    PublishedRow,
    find_folder,
    image_bytes,
    image_suffix,
    read_rows,
)
from prism_engine.benchmarks.typed import Typed
from prism_engine.contract.config import Problem
from prism_engine.contract.events import Estimate
from prism_engine.data.records import DataSet, Record
from prism_engine.data.spelling.sequence import bracketed
from prism_engine.errors import InvalidData


@dataclass(frozen=True)
class Split:
    """One split of a benchmark, and what its authors count in it."""

    files: tuple[str, ...]  # patterns; the first that any file matches is read
    rows: int
    counts: Mapping[str, Mapping[Any, int]] = field(default_factory=dict)
    """How many records have each value of a field of their metadata."""
    distinct: Mapping[str, int] = field(default_factory=dict)
    """How many values a field of the metadata has."""


@dataclass(frozen=True)
class Item:
    """A record and its images, as they are encoded; the record names none of them yet."""

    record: Record
    images: tuple[bytes, ...]


class Published(Typed, ABC):
    """What published benchmarks share. A subclass says where it differs."""

    key: ClassVar[str]
    """What records call it in their metadata."""
    title: ClassVar[str]
    hub: ClassVar[str]
    licence: ClassVar[str]
    splits: ClassVar[Mapping[str, Split]]
    """The first is the one that its name stands for."""
    styles: ClassVar[Mapping[str, Callable[[PublishedRow], str]]]
    """Prompts by name; the first is the authors'."""
    dimensions: ClassVar[tuple[str, ...]]
    """Fields of the metadata by which accuracy is reported."""
    grouped_by: ClassVar[str | None] = None
    """Field of the metadata that items which depend on each other share."""
    version: ClassVar[int] = 1
    """Grows when a verdict of its rules changes."""

    @property
    def scorer(self) -> str:
        return f"{self.key}_v{self.version}+{super().scorer}"

    def name(self, data: DataSet) -> str:
        """The title, and the split unless it is the one that the title stands for."""
        splits = {record.metadata["split"] for record in data.records} - {next(iter(self.splits))}
        return " ".join([self.title, *sorted(splits)])

    def question(self, record: Record) -> str:
        return str(record.metadata["question"])

    def group(self, record: Record) -> str:
        return str(record.metadata[self.grouped_by]) if self.grouped_by else record.id

    def breakdown(self, outcomes: Sequence[Outcome]) -> dict[str, Estimate]:
        return {"score": accuracy(outcomes), **by(outcomes, *self.dimensions)}

    @abstractmethod
    def record(self, row: PublishedRow) -> Record:
        """A row as a record: id, gold typed and raw, question and dimensions in the metadata.

        Prompt, images, and the metadata that all benchmarks have are added by `items`.
        """

    @abstractmethod
    def images(self, row: PublishedRow) -> list[Any]:
        """The images of a row in the order in which they are shown."""

    def items(self, location: str, split: str, style: str) -> Iterator[Item]:
        """The items of a split with the prompts of a style. Raises `InvalidData`."""
        for number, (folder, row) in enumerate(self.rows(location, split), start=1):
            try:
                yield self._item(row, folder, split, style)
            except KeyError as error:
                message = f"the published files have a field {error} here, and this row has none"
                raise InvalidData([Problem(field=f"row {number}", message=message)]) from error

    def rows(self, location: str, split: str) -> Iterator[tuple[Path, PublishedRow]]:
        """The rows of a split, each with the folder that its images are named from."""
        patterns = self.splits[split].files
        folder = find_folder(location, patterns)
        for row in read_rows(folder, patterns):
            yield folder, row

    def _item(self, row: PublishedRow, folder: Path, split: str, style: str) -> Item:
        record = self.record(row)
        metadata = {"benchmark": self.key, "split": split, "style": style, **record.metadata}
        prompted = {"question": self.styles[style](row), "metadata": metadata}
        return Item(
            record.model_copy(update=prompted),
            tuple(
                image_bytes(image, folder, f"{record.id}.images.{number}")
                for number, image in enumerate(self.images(row))
            ),
        )


def write_benchmark(
    benchmark: Published,
    location: str,
    out: Path,
    *,
    split: str,
    style: str,
    part: bool = False,
) -> int:
    """Write a data set folder that evaluate runs can name, and return its number of rows.

    Args:
        benchmark: the benchmark.
        location: a folder with the published files, or the id of a data set on the hub.
        out: the folder to write; it must not hold a data set.
        split: the authors' name for the part that is wanted.
        style: which prompt.
        part: whether fewer rows than the authors count are welcome.

    Raises:
        InvalidData: the files are missing, or not what the authors describe.
    """
    chosen_of(benchmark.splits, "split", split)
    chosen_of(benchmark.styles, "style", style)
    if (out / "data.jsonl").exists():
        message = f"{out} already holds a data set; name another folder"
        raise InvalidData([Problem(field="out", message=message)])
    records: list[Record] = []
    (out / "images").mkdir(parents=True, exist_ok=True)
    with (out / "data.jsonl").open("w", encoding="utf-8") as file:
        for item in benchmark.items(location, split, style):
            record = item.record.model_copy(
                update={"images": [_keep(content, out) for content in item.images]}
            )
            file.write(record.model_dump_json(exclude_none=True) + "\n")
            records.append(record)
    problems = [] if part else miscounts(records, benchmark.splits[split])
    if problems:
        (out / "data.jsonl").unlink()
        raise InvalidData(problems)
    return len(records)


Choice = TypeVar("Choice")


def chosen_of(choices: Mapping[str, Choice], kind: str, name: str) -> Choice:
    """The choice of a name. Raises `InvalidData` naming all of them if there is none."""
    if name not in choices:
        message = f"there is no {kind} {name}; name one of: {', '.join(choices)}"
        raise InvalidData([Problem(field=kind, message=message)])
    return choices[name]


def miscounts(records: Sequence[Record], split: Split) -> list[Problem]:
    """Where records are not what the authors count."""
    checks = [("rows", len(records), split.rows)]
    ids = len({record.id for record in records})
    checks.append(("ids", ids, split.rows))
    for name, counts in split.counts.items():
        found = Counter(record.metadata.get(name) for record in records)
        checks += [(f"{name}={value}", found[value], count) for value, count in counts.items()]
    for name, count in split.distinct.items():
        checks.append((name, len({record.metadata.get(name) for record in records}), count))
    return [
        Problem(field=what, message=f"there are {found}, and its authors have {expected}")
        for what, found, expected in checks
        if found != expected
    ]


def is_other_bracket(gold: str, answer: str) -> bool:
    """Whether the answer is an interval [3, 4] for the point (3, 4)."""
    return bracketed(gold)[0] == "(" and bracketed(answer)[0] == "["


def _keep(content: bytes, out: Path) -> str:
    name = f"images/{hashlib.sha256(content).hexdigest()}{image_suffix(content)}"
    (out / name).write_bytes(content)
    return name
