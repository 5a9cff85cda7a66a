"""The teacher's answers against the gold, and the gold against the teacher's answers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from prism_engine.curation.asking import Crew, is_right
from prism_engine.curation.candidate import Candidate, Dropped, Sifted, sifted
from prism_engine.data.answers import Answer, ChoiceAnswer
from prism_engine.data.gold import type_gold

SUSPECT = "gold suspect: the teacher agrees with itself and not with the gold"


class Verify:
    """Keeps items of which a response is right.

    Where all responses, two at least, give the same other answer, the gold itself may be wrong:
    the item is set aside for a person to look at.
    """

    name = "verify"
    title = "Teacher's answer is right"

    def __init__(self, crew: Crew) -> None:
        self._crew = crew

    async def sift(self, candidates: Sequence[Candidate]) -> Sifted:
        return sifted(await self._crew.each(candidates, self._judge))

    async def _judge(self, candidate: Candidate) -> Candidate | Dropped:
        gold = candidate.record.answer
        assert gold is not None
        answers = [lesson.sections.answer for lesson in candidate.lessons]
        right = [await is_right(gold, answer) for answer in answers]
        if any(right):
            lessons = [
                replace(lesson, verdict="right" if good else "wrong")
                for lesson, good in zip(candidate.lessons, right, strict=True)
            ]
            return replace(candidate, lessons=tuple(lessons))
        if len(answers) > 1 and await _agree(answers, gold):
            return Dropped(candidate.id, SUSPECT)
        return Dropped(candidate.id, "wrong answer")


async def _agree(answers: Sequence[str], gold: Answer) -> bool:
    """Whether all answers are the same one, of the gold's type if they can be."""
    choices = gold.choices if isinstance(gold, ChoiceAnswer) else []
    first = type_gold(answers[0], choices) if answers[0] else None
    return first is not None and all([await is_right(first, answer) for answer in answers[1:]])
