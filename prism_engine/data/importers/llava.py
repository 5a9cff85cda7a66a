"""LLaVA: `conversations` of human and gpt, and the path of one `image` or of several."""

from __future__ import annotations

from typing import ClassVar

from prism_engine.data.importers.draft import Draft
from prism_engine.data.importers.fields import Content, Layout
from prism_engine.data.importers.sharegpt import conversation


class Llava:
    """Visual instructions; a row without an image is a conversation about nothing seen."""

    name: ClassVar[str] = "llava"
    title: ClassVar[str] = "LLaVA"

    def __init__(self, layout: Layout) -> None:
        self._layout = layout

    def recognises(self, row: Content) -> bool:
        return isinstance(row.get("conversations"), list) and isinstance(row.get("image"), str)

    def read(self, row: Content) -> Draft:
        return conversation(row, self._layout, pictures="image")
