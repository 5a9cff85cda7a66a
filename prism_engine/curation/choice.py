"""Of an item's right responses, the one that is learned from."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from prism_engine.contract.structure import caption_items
from prism_engine.curation.candidate import Candidate, Dropped, Lesson, Sifted, sifted
from prism_engine.data.response import Sections

_STATES_THE_ANSWER = re.compile(r"\b(?:the|correct|final)\s+answer\b", re.I)


class Choose:
    """Keeps the shortest right response that is grounded: its caption says enough, and only that.

    One that needed no repair comes before one that did.
    """

    name = "choose"
    title = "Caption is grounded"

    def __init__(self, fewest_items: int) -> None:
        self._fewest_items = fewest_items

    async def sift(self, candidates: Sequence[Candidate]) -> Sifted:
        return sifted([self._judge(candidate) for candidate in candidates])

    def _judge(self, candidate: Candidate) -> Candidate | Dropped:
        problems = [self._problem(lesson.sections) for lesson in candidate.right]
        grounded = [
            lesson
            for lesson, problem in zip(candidate.right, problems, strict=True)
            if problem is None
        ]
        if not grounded:
            return Dropped(candidate.id, problems[0] or "")
        chosen = min(grounded, key=_length)
        record = candidate.record.model_copy(update={"response": chosen.text})
        return replace(candidate, record=record)

    def _problem(self, sections: Sections) -> str | None:
        if _STATES_THE_ANSWER.search(sections.caption):
            return "the caption states the answer"
        if len(caption_items(sections.caption)) < self._fewest_items:
            return f"the caption has fewer than {self._fewest_items} items"
        return None


def _length(lesson: Lesson) -> tuple[bool, int, int]:
    return lesson.repaired, len(lesson.text), lesson.sample
