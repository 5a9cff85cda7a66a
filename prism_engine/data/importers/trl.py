"""TRL: `messages`, or `prompt` with `completion`; content in texts or parts, images in a column."""

from __future__ import annotations

from typing import Any, ClassVar

from prism_engine.data.importers.draft import Draft, Role, Said
from prism_engine.data.importers.fields import (
    Content,
    Layout,
    as_object,
    kept,
    read_id,
    refuse_others,
    role_of,
)
from prism_engine.data.importers.parts import part_types, read_parts
from prism_engine.data.importers.pictures import read_pictures
from prism_engine.data.importers.refusal import RefusedRow

_OTHERS = ("reward_model", "data_source", "teacher_response", "teacher_caption")


class Trl:
    """Images that stand in no part belong to the first question, as TRL itself puts them."""

    name: ClassVar[str] = "trl"
    title: ClassVar[str] = "TRL, conversational"

    def __init__(self, layout: Layout) -> None:
        self._layout = layout

    def recognises(self, row: Content) -> bool:
        if any(name in row for name in _OTHERS):
            return False
        messages = row.get("messages")
        if messages is None:
            return "prompt" in row and ("completion" in row or isinstance(row["prompt"], list))
        types = part_types(messages)
        if types:
            return types <= {"image", "text"}
        return isinstance(messages, list) and "<image>" not in str(messages)

    def read(self, row: Content) -> Draft:
        refuse_others(row, "tools", "videos", "chosen", "rejected")
        said = [
            one
            for column, role in (
                ("messages", "user"),
                ("prompt", "user"),
                ("completion", "assistant"),
            )
            for one in self._spoken(self._layout.value(row, column), role)
        ]
        gold = self._layout.value(row, "answer", "solution", "ground_truth")
        return Draft(
            said=said,
            pictures=read_pictures(self._layout.value(row, "images", "image")),
            id=read_id(row),
            unmarked=True,
            **{"gold": gold, **kept(row)},
        )

    def _spoken(self, value: Any, role: Role) -> list[Said]:
        """Messages, or a text that one side says."""
        if value is None:
            return []
        if isinstance(value, str):
            return [Said.text(role, value)]
        if not isinstance(value, list):
            raise RefusedRow("wrong_shape", "messages are neither a text nor a list")
        return [self._said(as_object(message, "a message")) for message in value]

    def _said(self, message: dict[str, Any]) -> Said:
        role, content = role_of(message.get("role"), self._layout), message.get("content")
        if isinstance(content, str):
            return Said.text(role, content)
        return read_parts(role, content, ("image",), lambda part: None)
