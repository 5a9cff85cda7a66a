"""PRISM's supervised sets (arXiv 2604.28123): ShareGPT whose last turn is a demonstration."""

from __future__ import annotations

from typing import ClassVar

from prism_engine.data.importers.draft import Draft
from prism_engine.data.importers.fields import Content, Layout
from prism_engine.data.importers.sharegpt import conversation, texts


class PrismSft:
    """A row whose demonstration lacks a section is refused rather than learned from."""

    name: ClassVar[str] = "prism-sft"
    title: ClassVar[str] = "PRISM, demonstrations"

    def __init__(self, layout: Layout) -> None:
        self._layout = layout

    def recognises(self, row: Content) -> bool:
        spoken = texts(row, self._layout)
        return bool(spoken) and spoken[-1].lstrip().startswith("<caption>")

    def read(self, row: Content) -> Draft:
        return conversation(row, self._layout, demonstrates=True)
