"""The first rows of a data set as people look at them: images, question, gold, demonstration."""

from __future__ import annotations

from hashlib import sha256
from io import BytesIO
from pathlib import Path
from typing import Any

from PIL import Image

from prism_engine.data.answers import written
from prism_engine.data.records import DataSet, Record
from prism_engine.data.response import Sections, parse_response

ROWS = 24
MOST_IMAGES = 4
LARGEST_SIDE = 640
LONGEST_TEXT = 4000

Row = dict[str, Any]


def preview(data: DataSet, pictures: Path | None = None) -> list[Row]:
    """The rows; their images go into the folder `pictures`, and stay away without one."""
    return [_row(data, record, pictures) for record in data.records[:ROWS]]


def _row(data: DataSet, record: Record, pictures: Path | None) -> Row:
    shown = [] if pictures is None else data.images(record)[:MOST_IMAGES]
    return {
        "id": record.id,
        "split": record.metadata.get("split"),
        "images": [_saved(image, pictures) for image in shown if pictures is not None],
        "more_images": len(record.images) - len(shown),
        "question": _cut(record.question),
        "gold": record.answer and _cut(written(record.answer)),
        "gold_type": record.answer and record.answer.type,
        "demonstration": _sections(parse_response(record.response or "")),
        "turns": [
            {"role": turn.role, "content": _cut(turn.content)} for turn in record.messages or ()
        ],
        "rollouts": len(record.rollouts),
    }


def _saved(image: Image.Image, folder: Path) -> Row:
    """A small copy under the hash of its file; width and height are those of the image itself."""
    size = {"width": image.width, "height": image.height}
    image.thumbnail((LARGEST_SIDE, LARGEST_SIDE))
    file = BytesIO()
    image.save(file, "PNG")
    digest = sha256(file.getvalue()).hexdigest()
    folder.mkdir(parents=True, exist_ok=True)
    (folder / digest).write_bytes(file.getvalue())
    return {"digest": digest, **size}


def _sections(sections: Sections | None) -> Row | None:
    if sections is None:
        return None
    return {name: _cut(getattr(sections, name)) for name in ("caption", "think", "answer")}


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST_TEXT else text[:LONGEST_TEXT] + " …"
