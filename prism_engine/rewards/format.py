"""Whether a response has the caption, think, answer form."""

from __future__ import annotations

from prism_engine.data.records import Record
from prism_engine.data.response import Sections


def format_reward(record: Record, sections: Sections | None) -> float:
    """1 for a well-formed response, otherwise 0."""
    return float(sections is not None)
