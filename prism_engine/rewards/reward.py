"""What a verifiable reward is: a pure function of a record and a response."""

from __future__ import annotations

from collections.abc import Callable

from prism_engine.data.records import Record
from prism_engine.data.response import Sections

Reward = Callable[[Record, Sections | None], float]
"""A number between 0 and 1. The sections are None where the response is malformed."""
