"""The teacher's responses, those in the caption, think, answer form."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

from prism_engine.contract.curation import Teacher
from prism_engine.curation.asking import Crew
from prism_engine.curation.candidate import Candidate, Dropped, Lesson, Sifted, sifted
from prism_engine.curation.prompts import REPAIR, REPAIR_TEXT, TEACHER, TEACHER_TEXT
from prism_engine.data.response import Malformed, Sections, read_response
from prism_engine.endpoints.client import ChatClient
from prism_engine.endpoints.reply import Finish, Reply, complete_text
from prism_engine.endpoints.request import ChatRequest, Message

FINISHES: dict[Finish, str] = {
    "cut": "cut at the longest length",
    "refused": "refused",
    "unreadable": "unreadable",
}


@dataclass(frozen=True)
class _Taught:
    outcome: Candidate | Dropped
    notes: Counter[str]


class Teaching:
    """Asks the teacher for several responses, and keeps those that have the form.

    A response that has not gets one call that may put its tags right; what that adds a word to is
    thrown away. An item without a response in the form is dropped.
    """

    name = "teacher"
    title = "Teacher's response has the form"

    def __init__(self, settings: Teacher, client: ChatClient, crew: Crew) -> None:
        self._settings = settings
        self._client = client
        self._crew = crew

    async def sift(self, candidates: Sequence[Candidate]) -> Sifted:
        taught = await self._crew.each(candidates, self._teach)
        notes = sum((one.notes for one in taught), Counter[str]())
        return sifted([one.outcome for one in taught], notes)

    async def _teach(self, candidate: Candidate) -> _Taught:
        lessons, notes = list[Lesson](), Counter[str]()
        for sample in range(self._settings.samples):
            outcome = await self._lesson(candidate, sample)
            if isinstance(outcome, Lesson):
                lessons.append(outcome)
                notes["repaired" if outcome.repaired else "in the form"] += 1
            else:
                notes[outcome] += 1
        if not lessons:
            return _Taught(Dropped(candidate.id, _most_common(notes)), notes)
        taught = replace(candidate, taught=self._settings.samples, lessons=tuple(lessons))
        return _Taught(taught, notes)

    async def _lesson(self, candidate: Candidate, sample: int) -> Lesson | str:
        """One response, or what is wrong with it."""
        reply = await self._client.ask(
            ChatRequest(
                (
                    Message("system", TEACHER_TEXT),
                    Message("user", candidate.record.question, candidate.images),
                ),
                TEACHER,
                self._settings.max_new_tokens,
                self._settings.temperature,
                sample,
            )
        )
        if not isinstance(reply, Reply):
            return "unanswered"
        if reply.finish != "complete":
            return FINISHES[reply.finish]
        sections = read_response(reply.text)
        if isinstance(sections, Malformed):
            return await self._repair(reply.text, sections, sample)
        return Lesson(sample, reply.text.strip(), sections, repaired=False)

    async def _repair(self, text: str, fault: Malformed, sample: int) -> Lesson | str:
        reply = await self._client.ask(
            ChatRequest(
                (Message("user", REPAIR_TEXT.format(text=text)),),
                REPAIR,
                self._settings.max_new_tokens,
            )
        )
        repaired = complete_text(reply)
        if repaired is not None:
            sections = read_response(repaired)
            if isinstance(sections, Sections) and is_written_in(sections, text):
                return Lesson(sample, repaired.strip(), sections, repaired=True)
        return f"malformed ({fault.fault})"


def is_written_in(sections: Sections, text: str) -> bool:
    """Whether every section stands in the text as it is, white space apart."""
    written = " ".join(text.split())
    parts = (sections.caption, sections.think, sections.answer)
    return all(" ".join(part.split()) in written for part in parts)


def _most_common(notes: Counter[str]) -> str:
    """What was wrong with most responses; the first in the alphabet of several."""
    return min(notes, key=lambda reason: (-notes[reason], reason))
