"""OpenAI chat messages: images inside them, as data: URLs or as addresses."""

from __future__ import annotations

from typing import Any, ClassVar

from prism_engine.data.importers.draft import Draft, Said
from prism_engine.data.importers.fields import (
    Content,
    Layout,
    as_list,
    as_object,
    kept,
    read_id,
    refuse_others,
    role_of,
)
from prism_engine.data.importers.parts import part_types, read_parts
from prism_engine.data.importers.pictures import Picture, read_picture

_IMAGES = ("image_url", "input_image")


class OpenAi:
    """Messages whose content is text or parts; an image stands where it is shown."""

    name: ClassVar[str] = "openai"
    title: ClassVar[str] = "OpenAI messages"

    def __init__(self, layout: Layout) -> None:
        self._layout = layout

    def recognises(self, row: Content) -> bool:
        return bool(part_types(self._layout.value(row, "messages")) & set(_IMAGES))

    def read(self, row: Content) -> Draft:
        refuse_others(row, "tools", "functions")
        pictures: list[Picture] = []
        messages = as_list(self._layout.value(row, "messages"), "messages")
        said = [self._said(as_object(message, "a message"), pictures) for message in messages]
        return Draft(said, pictures, id=read_id(row), **kept(row))

    def _said(self, message: dict[str, Any], pictures: list[Picture]) -> Said:
        refuse_others(message, "tool_calls", "function_call", "audio")
        named = message.get("role")
        role = role_of("system" if named == "developer" else named, self._layout)
        content = message.get("content")
        if isinstance(content, str):
            return Said(role, (content,))
        return read_parts(role, content, _IMAGES, lambda part: pictures.append(_picture(part)))


def _picture(part: dict[str, Any]) -> Picture:
    url = part.get("image_url")
    return read_picture(url.get("url") if isinstance(url, dict) else url)
