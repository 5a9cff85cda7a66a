"""What a data set or a model folder holds: the answer to registering it. Imports no torch."""

from __future__ import annotations

import hashlib
import json
import math
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from prism_engine.contract.config import Problem
from prism_engine.contract.manifest import hash_file
from prism_engine.contract.shape import Shape, UnknownShape
from prism_engine.data.gold import gold_problem
from prism_engine.data.importers.ingest import REPORT, Report
from prism_engine.data.preview import preview
from prism_engine.data.records import MOST_PROBLEMS, DataSet, Record, open_image, read_data
from prism_engine.data.response import Malformed, read_response
from prism_engine.errors import InvalidData, InvalidModel


def inspect_data(location: Path, pictures: Path | None = None) -> dict[str, Any]:
    """Count rows and images, decoding every one, and take a fingerprint of all of it.

    Args:
        location: the data set.
        pictures: where the images of the preview go, each a small PNG under its hash.

    Raises:
        InvalidData: rows are malformed, images are missing or do not decode, or golds or
            demonstrations cannot be read.
    """
    data = read_data(location)
    problems = _problems(data)
    if problems:
        raise InvalidData(problems)
    images = sorted({image for record in data.records for image in record.images})
    file = location / "data.jsonl" if location.is_dir() else location
    splits = Counter(str(record.metadata["split"]) for record in data.records if _split(record))
    return {
        "rows": len(data),
        "images": len(images),
        "demonstrations": sum(record.response is not None for record in data.records),
        "answers": sum(record.answer is not None for record in data.records),
        "splits": dict(sorted(splits.items())),
        "imported": _imported(data.folder),
        "fingerprint": _fingerprint([file, *(data.folder / image for image in images)]),
        "preview": preview(data, pictures),
    }


def inspect_model(folder: Path) -> dict[str, Any]:
    """Name a model's architecture, count its parameters and take a fingerprint of its files.

    Raises:
        InvalidModel: the folder has no config.json that names an architecture, or no safetensors.
    """
    config = folder / "config.json"
    weights = sorted(folder.glob("*.safetensors"))
    if not config.is_file():
        raise InvalidModel(f"{folder} has no config.json")
    if not weights:
        raise InvalidModel(f"{folder} has no weights in *.safetensors; other formats are not read")
    content = json.loads(config.read_text("utf-8"))
    if not content.get("architectures"):
        raise InvalidModel(f"{config} names no architectures; save the model with transformers")
    return {
        "architecture": content["architectures"][0],
        "model_type": content.get("model_type"),
        "parameters": sum(_parameters(file) for file in weights),
        "shape": _shape(content),
        "fingerprint": _fingerprint([config, *weights]),
    }


def _shape(config: dict[str, Any]) -> dict[str, Any] | None:
    """The numbers that memory is estimated from, where the family's are known."""
    try:
        return Shape.of(config).model_dump()
    except UnknownShape:
        return None


def _split(record: Record) -> bool:
    return bool(record.metadata.get("split"))


def _imported(folder: Path) -> dict[str, Any] | None:
    """The report of the import that made this data set, if one did."""
    file = folder / REPORT
    if not file.is_file():
        return None
    try:
        return TypeAdapter(Report).validate_json(file.read_bytes()).as_json()
    except ValidationError as error:
        message = f"it is not what an import wrote; delete it ({error.errors()[0]['msg']})"
        raise InvalidData([Problem(field=REPORT, message=message)]) from error


def _problems(data: DataSet) -> list[Problem]:
    found: list[Problem] = []
    decoded: set[str] = set()
    for record in data.records:
        found += _image_problems(data.folder, record, decoded)
        found += _gold_problems(record) + _form_problems(record)
        if len(found) >= MOST_PROBLEMS:
            break
    return found[:MOST_PROBLEMS]


def _image_problems(folder: Path, record: Record, decoded: set[str]) -> list[Problem]:
    """What is wrong with images that are not among those `decoded` before."""
    found = []
    for number, name in enumerate(record.images):
        if name in decoded:
            continue
        try:
            open_image(folder, record, number)
            decoded.add(name)
        except InvalidData as error:
            found += error.problems
    return found


def _gold_problems(record: Record) -> list[Problem]:
    message = record.answer and gold_problem(record.answer)
    return [Problem(field=f"{record.id}.answer", message=message)] if message else []


def _form_problems(record: Record) -> list[Problem]:
    if record.response is None:
        return []
    read = read_response(record.response)
    if not isinstance(read, Malformed):
        return []
    form = "<caption>…</caption><think>…</think><answer>…</answer>"
    message = f"the demonstration is not {form}: {read} (character {read.at})"
    return [Problem(field=f"{record.id}.response", message=message)]


def _fingerprint(files: Iterable[Path]) -> str:
    whole = hashlib.sha256()
    for file in files:
        whole.update(f"{file.name} {hash_file(file)}\n".encode())
    return whole.hexdigest()


def _parameters(file: Path) -> int:
    """Count the numbers in a safetensors file by its header, which begins with its length."""
    with file.open("rb") as content:
        length = int.from_bytes(content.read(8), "little")
        header = json.loads(content.read(length))
    return sum(math.prod(t["shape"]) for name, t in header.items() if name != "__metadata__")
