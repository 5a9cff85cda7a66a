"""Data sets of the Hugging Face hub with an Image column: a struct of bytes and path."""

from __future__ import annotations

from typing import Any, ClassVar

from prism_engine.data.importers.draft import Draft, Said
from prism_engine.data.importers.fields import Content, Layout, as_list, as_text, kept, read_id
from prism_engine.data.importers.pictures import read_pictures

_QUESTIONS = ("question", "query", "instruction", "prompt")
_RESPONSES = ("response", "demonstration")


class HuggingFace:
    """Visual questions in columns. Images that no placeholder names stand before the question."""

    name: ClassVar[str] = "huggingface"
    title: ClassVar[str] = "Hugging Face, Image column"

    def __init__(self, layout: Layout) -> None:
        self._layout = layout

    def recognises(self, row: Content) -> bool:
        if not isinstance(self._layout.value(row, *_QUESTIONS), str) or "teacher_caption" in row:
            return False
        return _is_struct(self._layout.value(row, "images", "image"))

    def read(self, row: Content) -> Draft:
        question = as_text(self._layout.value(row, *_QUESTIONS), "question")
        said = [Said.text("user", question)]
        if (response := self._layout.value(row, *_RESPONSES)) is not None:
            said.append(Said("assistant", (as_text(response, "response"),)))
        choices = as_list(self._layout.value(row, "choices", "options") or [], "choices")
        return Draft(
            said=said,
            pictures=read_pictures(self._layout.value(row, "images", "image")),
            id=read_id(row),
            choices=[as_text(choice, "a choice") for choice in choices],
            unmarked=True,
            **{"gold": self._layout.value(row, "answer", "solution", "label"), **kept(row)},
        )


def _is_struct(value: Any) -> bool:
    first = value[0] if isinstance(value, list) and value else value
    return isinstance(first, bytes) or (
        isinstance(first, dict) and {"bytes", "path"} & set(first) != set()
    )
