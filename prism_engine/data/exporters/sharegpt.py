"""LLaMA-Factory: `data.json` with its dataset_info.json, images beside them."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import Any, ClassVar

from prism_engine.data.exporters.exporter import beside, marked_turns
from prism_engine.data.importers.fields import KEPT_COLUMN
from prism_engine.data.importers.source import DESCRIPTION
from prism_engine.data.records import Record, image_file

FILE = "data.json"


class ShareGptExport:
    """Conversations, to be fine-tuned on."""

    name: ClassVar[str] = "sharegpt"
    title: ClassVar[str] = "LLaMA-Factory, ShareGPT"

    def write(self, records: Iterable[Record], folder: Path, out: Path) -> int:
        count = 0
        with (out / FILE).open("w", encoding="utf-8") as file:
            file.write("[")
            for record in records:
                for number, name in enumerate(record.images):
                    _copy(image_file(folder, record, number).path, out / name)
                row = json.dumps(_row(record), ensure_ascii=False)
                file.write(("," if count else "") + "\n" + row)
                count += 1
            file.write("\n]\n")
        description = {out.name or "data": _DESCRIPTION}
        (out / DESCRIPTION).write_text(json.dumps(description, indent=2) + "\n", "utf-8")
        return count


_DESCRIPTION = {
    "file_name": FILE,
    "formatting": "sharegpt",
    "columns": {"messages": "messages", "images": "images", "system": "system"},
    "tags": {
        "role_tag": "role",
        "content_tag": "content",
        "user_tag": "user",
        "assistant_tag": "assistant",
    },
}


def _row(record: Record) -> dict[str, Any]:
    return {
        "id": record.id,
        "messages": [turn.model_dump() for turn in marked_turns(record)],
        "images": record.images,
        "system": record.metadata.get("system", ""),
        KEPT_COLUMN: beside(record),
    }


def _copy(source: Path, target: Path) -> None:
    if not target.exists():
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, target)
