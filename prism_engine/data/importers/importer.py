"""What a format is: it recognises its rows, and says what is in one."""

from __future__ import annotations

from typing import ClassVar, Protocol

from prism_engine.data.importers.draft import Draft
from prism_engine.data.importers.fields import Content, Layout


class Importer(Protocol):
    """One format that data sets come in. Made with the names that a data set has chosen itself."""

    name: ClassVar[str]
    title: ClassVar[str]

    def __init__(self, layout: Layout) -> None: ...

    def recognises(self, row: Content) -> bool:
        """Whether a row looks as this format's do, and not as another's."""
        ...

    def read(self, row: Content) -> Draft:
        """Take a row apart. Raises `RefusedRow` if it lacks what the format demands."""
        ...
