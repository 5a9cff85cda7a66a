"""What is imported: the files of a location, and what a dataset_info.json beside them says."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from typing import Any

from prism_engine.contract.config import Problem
from prism_engine.data.importers.fields import Layout
from prism_engine.data.importers.rows import READERS
from prism_engine.errors import InvalidData

DESCRIPTION = "dataset_info.json"

_SPLIT = re.compile(r"(train|validation|val|dev|test(?:mini)?)(?![A-Za-z])")


@dataclass(frozen=True)
class Source:
    """Files in order, the folder that pictures are named from, and the names used in the rows."""

    files: tuple[Path, ...]
    pictures: Path
    layout: Layout
    split: str | None = None  # what was asked for; else each file's name says it

    def split_of(self, file: str) -> str | None:
        if self.split is not None:
            return self.split
        found = _SPLIT.match(file)
        return found[1] if found else None


def find_source(
    location: str,
    *,
    dataset: str | None = None,
    pictures: Path | None = None,
    columns: Mapping[str, str] | None = None,
) -> Source:
    """Find what `file`, `folder`, `file@split` or `folder@split` means.

    Args:
        location: where the files are.
        dataset: the entry of a dataset_info.json that describes several.
        pictures: the folder that paths of pictures start from; else that of the files.
        columns: names of columns that go before those of dataset_info.json.

    Raises:
        InvalidData: there is nothing to read, or it is not clear which files are meant.
    """
    found = _found(location, dataset)
    if pictures is not None and not pictures.is_dir():
        raise _invalid("images", f"there is no folder {pictures}")
    layout = Layout({**found.layout.columns, **(columns or {})}, found.layout.tags)
    return replace(found, layout=layout, pictures=pictures or found.pictures)


def _found(location: str, dataset: str | None) -> Source:
    path, split = Path(location), None
    if not path.exists() and "@" in location:
        before, _, split = location.rpartition("@")
        path = Path(before)
    if path.is_file():
        return Source((path,), path.parent, _layout_of(path), split)
    if not path.is_dir():
        raise _invalid("source", f"there is no file or folder {location}")
    if (path / DESCRIPTION).is_file():
        file = _described_file(path, dataset)
        return Source((file,), path, _layout_of(file), split)
    return Source(_files_below(path, split), path, Layout(), split)


def _files_below(folder: Path, split: str | None) -> tuple[Path, ...]:
    found = [file for file in sorted(folder.rglob("*")) if file.suffix in READERS]
    if split is not None:
        found = [file for file in found if _belongs(file.relative_to(folder), split)]
    if not found:
        named = f" of the split {split}" if split else ""
        raise _invalid("source", f"{folder} has no files{named} that end in {', '.join(READERS)}")
    endings = {file.suffix for file in found}
    if len(endings) > 1:
        message = (
            f"{folder} has files in {' and '.join(sorted(endings))}; name one file, or move some"
        )
        raise _invalid("source", message)
    return tuple(found)


def _belongs(file: Path, split: str) -> bool:
    """Whether the file's name, or a folder on the way to it, begins with the split's."""
    return any(re.match(rf"{re.escape(split)}(?![A-Za-z])", part) for part in file.parts)


def _described_file(folder: Path, dataset: str | None) -> Path:
    described = _description(folder)
    if dataset is None and len(described) == 1:
        (dataset,) = described
    if dataset is None or dataset not in described:
        raise _invalid("dataset", f"choose one of {', '.join(described)} of {folder / DESCRIPTION}")
    name = str(described[dataset].get("file_name"))
    file = folder / name
    if ".." in PurePosixPath(name).parts or PurePosixPath(name).is_absolute() or not file.is_file():
        raise _invalid("dataset", f"{dataset} names no file below {folder}: {name}")
    return file


def _layout_of(file: Path) -> Layout:
    """What the description beside a file says of it; nothing if there is none."""
    if not (file.parent / DESCRIPTION).is_file():
        return Layout()
    entries = _description(file.parent).values()
    entry = next((entry for entry in entries if entry.get("file_name") == file.name), {})
    if entry.get("formatting", "sharegpt") != "sharegpt":
        message = f"{file.name} is described as {entry['formatting']}; only sharegpt can be read"
        raise _invalid("source", message)
    return Layout(_names(entry.get("columns")), _names(entry.get("tags")))


def _description(folder: Path) -> dict[str, dict[str, Any]]:
    file = folder / DESCRIPTION
    try:
        found = json.loads(file.read_text("utf-8"))
    except (ValueError, RecursionError) as error:
        raise _invalid("source", f"{file} is not JSON: {error}") from error
    if not isinstance(found, dict) or not all(isinstance(e, dict) for e in found.values()):
        raise _invalid("source", f"{file} does not map names to descriptions")
    return found


def _names(found: object) -> Mapping[str, str]:
    return {str(k): str(v) for k, v in found.items()} if isinstance(found, dict) else {}


def _invalid(field: str, message: str) -> InvalidData:
    return InvalidData([Problem(field=field, message=message)])
