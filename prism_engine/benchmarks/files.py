"""The files in which a benchmark is published: Parquet, JSON or JSON lines, from the hub or here.

A location is a folder, or the id of a data set on the hub, of which only the files that are asked
for are downloaded, into the hub's own cache.
"""

from __future__ import annotations

import io
import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from PIL import Image

from prism_engine.contract.config import Problem
from prism_engine.data.importers.refusal import RefusedRow
from prism_engine.errors import InvalidData

PublishedRow = Mapping[str, Any]


def find_folder(location: str, files: Sequence[str]) -> Path:
    """The folder that a location stands for; files on the hub are downloaded first.

    Raises:
        InvalidData: it is no folder, and the hub does not have it or cannot be reached.
    """
    if Path(location).is_dir():
        return Path(location)
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HfHubHTTPError, HFValidationError, LocalEntryNotFoundError

    try:
        folder = snapshot_download(location, repo_type="dataset", allow_patterns=list(files))
    except (HfHubHTTPError, HFValidationError, LocalEntryNotFoundError, OSError) as error:
        message = (
            f"{location} is no folder here, and the hub did not give it ({error}); "
            "download its files and name their folder"
        )
        raise InvalidData([Problem(field="location", message=message)]) from error
    return Path(folder)


def read_rows(folder: Path, files: Sequence[str]) -> Iterator[PublishedRow]:
    """The rows of the files that match the first pattern which any file matches.

    Raises:
        InvalidData: no file does, or one is not what its name says.
    """
    found = next((paths for pattern in files if (paths := sorted(folder.glob(pattern)))), [])
    if not found:
        message = f"{folder} holds none of the published files: {', '.join(files)}"
        raise InvalidData([Problem(field="location", message=message)])
    for path in found:
        yield from _parquet(path) if path.suffix == ".parquet" else _json(path)


def image_bytes(image: Any, folder: Path, field: str) -> bytes:
    """An image as published: a struct of bytes and path, or a path in the folder.

    Raises:
        InvalidData: there is none, it lies elsewhere, or it does not decode.
    """
    content = image.get("bytes") if isinstance(image, Mapping) else None
    path = image.get("path") if isinstance(image, Mapping) else image
    if content is None:
        content = _read_inside(folder, path, field)
    try:
        with Image.open(io.BytesIO(content)) as opened:
            opened.verify()
    except (OSError, SyntaxError, ValueError) as error:
        message = f"this is no image that can be decoded ({error})"
        raise InvalidData([Problem(field=field, message=message)]) from error
    return content


def image_suffix(content: bytes) -> str:
    """The file name ending of encoded bytes, such as `.png`."""
    with Image.open(io.BytesIO(content)) as opened:
        return f".{(opened.format or 'png').lower()}"


def _read_inside(folder: Path, path: Any, field: str) -> bytes:
    inside = isinstance(path, str) and (folder / path).resolve().is_relative_to(folder.resolve())
    if not inside or not (folder / path).is_file():
        message = f"the image {path!r} is no file in {folder}; put the images there"
        raise InvalidData([Problem(field=field, message=message)])
    return (folder / path).read_bytes()


def _parquet(path: Path) -> Iterator[PublishedRow]:
    from prism_engine.data.importers.parquet_rows import parquet_rows

    for number, row in parquet_rows(path):
        if isinstance(row, RefusedRow):
            raise InvalidData([Problem(field=f"{path.name} row {number}", message=str(row))])
        yield row


def _json(path: Path) -> Iterator[PublishedRow]:
    """A list of rows, rows by their id, or a row a line."""
    try:
        text = path.read_text(encoding="utf-8")
        if path.suffix == ".jsonl":
            yield from (json.loads(line) for line in text.splitlines() if line.strip())
        else:
            content = json.loads(text)
            yield from content.values() if isinstance(content, dict) else content
    except ValueError as error:
        raise InvalidData([Problem(field=path.name, message=f"not JSON: {error}")]) from error
