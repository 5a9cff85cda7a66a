"""What goes through the gates."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from prism_engine.contract.events import AnswerVerdict
from prism_engine.data.records import Record
from prism_engine.data.response import Sections


@dataclass(frozen=True)
class Lesson:
    """One response of the teacher that has the form."""

    sample: int
    text: str
    sections: Sections
    repaired: bool
    verdict: AnswerVerdict | None = None


@dataclass(frozen=True)
class Candidate:
    """An item, and what the gates behind it found."""

    record: Record
    folder: Path  # that its images are named from
    panel: tuple[int, int] | None = None  # right and asked, of the panel
    taught: int = 0  # responses that the teacher was asked for
    lessons: tuple[Lesson, ...] = ()

    @property
    def id(self) -> str:
        return self.record.id

    @property
    def images(self) -> tuple[Path, ...]:
        return tuple(self.folder / image for image in self.record.images)

    @property
    def right(self) -> tuple[Lesson, ...]:
        return tuple(lesson for lesson in self.lessons if lesson.verdict == "right")


@dataclass(frozen=True)
class Dropped:
    """A candidate that did not pass, and why."""

    id: str
    reason: str


@dataclass(frozen=True)
class Sifted:
    """What a gate made of its candidates, in their order.

    `notes` counts what happened to something else than items, such as a teacher's responses.
    """

    kept: list[Candidate]
    dropped: list[Dropped]
    notes: dict[str, int] = field(default_factory=dict)

    @property
    def reasons(self) -> dict[str, int]:
        return dict(sorted(Counter(one.reason for one in self.dropped).items()))


def sifted(judged: Sequence[Candidate | Dropped], notes: Counter[str] | None = None) -> Sifted:
    """Part what passed from what did not."""
    return Sifted(
        [one for one in judged if isinstance(one, Candidate)],
        [one for one in judged if isinstance(one, Dropped)],
        dict(sorted((notes or Counter()).items())),
    )


class Gate(Protocol):
    """One reason to drop items."""

    name: str
    title: str

    async def sift(self, candidates: Sequence[Candidate]) -> Sifted: ...
