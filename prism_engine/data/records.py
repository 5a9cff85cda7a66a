"""A data set on disk: `data.jsonl`, one record per line, beside the images that it names."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import Annotated, Any, Literal

from PIL import Image
from pydantic import Field, ValidationError, model_validator

from prism_engine.contract.config import Problem
from prism_engine.data.answers import Answer, Row
from prism_engine.data.interleaving import interleave
from prism_engine.errors import InvalidData

MOST_PROBLEMS = 20
"""After so many problems the reader stops: the data is not what it should be."""


class Turn(Row):
    """One turn of a conversation."""

    role: Literal["user", "assistant"]
    content: str


class Record(Row):
    """One item: images and a question, with its gold answer and its demonstration if it has them.

    A conversation (`messages`) takes the place of question and response where several turns are
    to be learned; only what the assistant says in it is learned.
    """

    id: str = Field(min_length=1)
    images: list[str] = Field(default=[], description="Paths relative to the data set's folder")
    question: str = Field(
        default="", description="Images stand where it says `<image>`, or before it"
    )
    answer: Answer | None = None
    response: str | None = Field(default=None, description="The demonstration")
    rollouts: list[Annotated[str, Field(min_length=1)]] = Field(
        default=[], description="Responses that a policy gave, for a warm-up that draws none"
    )
    messages: list[Turn] | None = Field(default=None, min_length=2)
    metadata: dict[str, Any] = Field(default={})

    @model_validator(mode="after")
    def _asks_something(self) -> Record:
        if self.messages is None and not self.question:
            raise ValueError("a record needs a question, or messages")
        if self.messages is not None:
            roles = [turn.role for turn in self.messages]
            if roles != ["user", "assistant"] * (len(roles) // 2):
                raise ValueError("messages must go from user to assistant in turns")
        interleave(self.messages[0].content if self.messages else self.question, len(self.images))
        return self


@dataclass(frozen=True)
class ImageFile:
    """One image of a record. What cannot be read or decoded raises `InvalidData` naming it."""

    path: Path
    name: str
    field: str

    def content(self) -> bytes:
        with self._named():
            return self.path.read_bytes()

    def decode(self, content: bytes) -> Image.Image:
        """The image in RGB."""
        with self._named(), Image.open(io.BytesIO(content)) as image:
            return image.convert("RGB")

    def size(self) -> tuple[int, int]:
        """Width and height, for which it is not decoded."""
        with self._named(), Image.open(self.path) as image:
            return image.size

    @contextmanager
    def _named(self) -> Iterator[None]:
        try:
            yield
        except (OSError, SyntaxError, ValueError) as error:
            message = (
                f"{self.name} is not an image that can be decoded ({error}); replace or remove it"
            )
            raise InvalidData([Problem(field=self.field, message=message)]) from error


class DataSet:
    """Records in memory, images on disk."""

    def __init__(self, folder: Path, records: list[Record]) -> None:
        self.folder = folder
        self.records = records

    def __len__(self) -> int:
        return len(self.records)

    def images(self, record: Record) -> list[Image.Image]:
        """The record's images in RGB. Raises `InvalidData` naming one that does not decode."""
        return [file.decode(file.content()) for file in self.image_files(record)]

    def image_sizes(self, record: Record) -> list[tuple[int, int]]:
        """Width and height of the record's images, which are not decoded for that."""
        return [file.size() for file in self.image_files(record)]

    def image_files(self, record: Record) -> list[ImageFile]:
        """Where the record's images are."""
        folder = self.folder_of(record)
        return [image_file(folder, record, number) for number in range(len(record.images))]

    def folder_of(self, record: Record) -> Path:
        """The folder that the record's images are named from."""
        return self.folder


def read_data(location: Path) -> DataSet:
    """Read a folder with a `data.jsonl`, or that file itself.

    Raises:
        InvalidData: there is no such file, it is empty, or rows are malformed.
    """
    file = _file(location)
    records, problems = _read_rows(file)
    if not records and not problems:
        problems = [Problem(field="data", message=f"{file} holds no rows")]
    if problems:
        raise InvalidData(problems)
    return DataSet(file.parent, records)


def stream_records(location: Path) -> Iterator[Record]:
    """Records one after the other, for whoever need not have all of them at once.

    Raises:
        InvalidData: there is no such file, or a row is malformed.
    """
    for number, line in _lines(_file(location)):
        try:
            yield Record.model_validate(json.loads(line))
        except (json.JSONDecodeError, ValidationError) as error:
            raise InvalidData(_problems(number, error)) from error


def image_file(folder: Path, record: Record, number: int) -> ImageFile:
    """Where one image of a record is. Raises `InvalidData` if that is outside the folder."""
    name, field = record.images[number], f"{record.id}.images.{number}"
    if PurePath(name).is_absolute() or ".." in PurePath(name).parts:
        message = f"{name} lies outside the data set's folder; copy it into it"
        raise InvalidData([Problem(field=field, message=message)])
    return ImageFile(folder / name, name, field)


def open_image(folder: Path, record: Record, number: int) -> Image.Image:
    """Open one image of a record in RGB. Raises `InvalidData` if it is missing or broken."""
    file = image_file(folder, record, number)
    return file.decode(file.content())


def _file(location: Path) -> Path:
    file = location / "data.jsonl" if location.is_dir() else location
    if not file.is_file():
        raise InvalidData([Problem(field="data", message=f"there is no file {file}")])
    return file


def _read_rows(file: Path) -> tuple[list[Record], list[Problem]]:
    records, problems, seen = [], [], set[str]()
    for number, line in _lines(file):
        try:
            record = Record.model_validate(json.loads(line))
        except (json.JSONDecodeError, ValidationError) as error:
            problems += _problems(number, error)
        else:
            if record.id in seen:
                message = f"the id '{record.id}' is not the first of its name; ids must differ"
                problems.append(Problem(field=f"row {number}.id", message=message))
            seen.add(record.id)
            records.append(record)
        if len(problems) >= MOST_PROBLEMS:
            break
    return records, problems[:MOST_PROBLEMS]


def _lines(file: Path) -> Iterator[tuple[int, str]]:
    with file.open(encoding="utf-8") as lines:
        for number, line in enumerate(lines, start=1):
            if line.strip():
                yield number, line


def _problems(number: int, error: json.JSONDecodeError | ValidationError) -> list[Problem]:
    if isinstance(error, json.JSONDecodeError):
        return [Problem(field=f"row {number}", message=f"not JSON: {error}")]
    return [
        Problem(
            field=".".join([f"row {number}", *(str(part) for part in detail["loc"])]),
            message=detail["msg"],
        )
        for detail in error.errors()
    ]
