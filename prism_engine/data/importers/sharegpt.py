"""LLaMA-Factory and ShareGPT: turns as `{role, content}` or `{from, value}`, images by path."""

from __future__ import annotations

from typing import ClassVar

from prism_engine.data.importers.draft import Draft, Said
from prism_engine.data.importers.fields import (
    Content,
    Layout,
    as_list,
    as_text,
    kept,
    read_id,
    read_said,
    refuse_others,
)
from prism_engine.data.importers.pictures import read_pictures


class ShareGpt:
    """Conversations; `columns` and `tags` of dataset_info.json say what is called differently."""

    name: ClassVar[str] = "sharegpt"
    title: ClassVar[str] = "LLaMA-Factory, ShareGPT"

    def __init__(self, layout: Layout) -> None:
        self._layout = layout

    def recognises(self, row: Content) -> bool:
        spoken = texts(row, self._layout)
        if not spoken or isinstance(row.get("image"), str) or spoken[-1].startswith("<caption>"):
            return False
        return not row.get("images") or any("<image>" in text for text in spoken)

    def read(self, row: Content) -> Draft:
        return conversation(row, self._layout)


def conversation(
    row: Content, layout: Layout, pictures: str = "images", *, demonstrates: bool = False
) -> Draft:
    """The draft of a row that is a conversation, with its images in the column `pictures`."""
    refuse_others(row, "videos", "audios", "video", "tools")
    turns = as_list(layout.value(row, "messages", "conversations"), "messages")
    said = [read_said(turn, layout) for turn in turns]
    if system := layout.value(row, "system"):
        said.insert(0, Said("system", (as_text(system, "system"),)))
    return Draft(
        said=said,
        pictures=read_pictures(layout.value(row, pictures)),
        id=read_id(row),
        demonstrates=demonstrates,
        **kept(row),
    )


def texts(row: Content, layout: Layout) -> list[str]:
    """What is said in a row; nothing if it is no conversation in plain texts."""
    turns = layout.value(row, "messages", "conversations")
    if not isinstance(turns, list) or not all(isinstance(turn, dict) for turn in turns):
        return []
    name = layout.tags.get("content_tag")
    spoken = [turn.get(name) if name else turn.get("content", turn.get("value")) for turn in turns]
    return spoken if all(isinstance(text, str) for text in spoken) else []
