"""Why a row of a source is not taken in. Its import goes on, and counts the rows of each reason."""

from __future__ import annotations

from typing import Literal

from prism_engine.errors import EngineError

Reason = Literal[
    "not_json", "too_deep", "too_long", "damaged_file", "wrong_shape", "unsupported",
    "unreadable_text", "placeholders", "gold", "demonstration", "image_missing", "image_outside",
    "image_remote", "image_too_large", "image_broken",
]  # fmt: skip


class RefusedRow(EngineError):
    """A row that cannot be used: the reason, and a sentence that says what is wrong with it."""

    def __init__(self, reason: Reason, message: str) -> None:
        self.reason = reason
        self.message = message
        super().__init__(f"{reason}: {message}")
