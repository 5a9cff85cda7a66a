"""PRISM's warm-up pairs: a teacher's and a student's caption and chain of thought on one image."""

from __future__ import annotations

from typing import ClassVar

from prism_engine.data.importers.draft import Draft, Said
from prism_engine.data.importers.fields import (
    Content,
    Layout,
    as_text,
    joined_sections,
    read_id,
)
from prism_engine.data.importers.pictures import read_pictures


class PrismWarmup:
    """The teacher's response is the demonstration, the student's the one rollout."""

    name: ClassVar[str] = "prism-warmup"
    title: ClassVar[str] = "PRISM, warm-up pairs"

    def __init__(self, layout: Layout) -> None:
        self._layout = layout

    def recognises(self, row: Content) -> bool:
        return "teacher_caption" in row and "student_caption" in row

    def read(self, row: Content) -> Draft:
        question = as_text(self._layout.value(row, "question", "prompt"), "question")
        teacher = joined_sections(row.get("teacher_caption"), row.get("teacher_cot"))
        student = joined_sections(row.get("student_caption"), row.get("student_cot"))
        return Draft(
            said=[Said.text("user", question), Said("assistant", (teacher,))],
            pictures=read_pictures(self._layout.value(row, "images", "image")),
            id=read_id(row),
            rollouts=[student],
            unmarked=True,
            demonstrates=True,
        )
