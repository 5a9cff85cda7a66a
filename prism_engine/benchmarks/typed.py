"""Any registered data set whose rows have typed answers."""

from __future__ import annotations

from prism_engine.data.records import Record
from prism_engine.data.response import Sections


class Typed:
    """Answers are compared by their type; what follows from a caption is not known."""

    def name(self, data: str) -> str:
        return data

    def faithful(self, record: Record, sections: Sections) -> bool | None:
        return None
