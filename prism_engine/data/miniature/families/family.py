"""What a family of problems is."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

from prism_engine.data.answers import Answer
from prism_engine.data.miniature.scene import CELLS, COLOURS, Fact, Scene


@dataclass(frozen=True)
class Tally:
    """Facts counted one by one, a line each: `red a1 1`, `red b2 2`, `red = 2`.

    Every line repeats what is counted, so that what comes next can be told from the line before
    it: a model of two layers learns to go on from there, and not from the middle of a long line.
    """

    name: str
    cells: tuple[str, ...]

    @property
    def count(self) -> int:
        return len(self.cells)

    @property
    def lines(self) -> list[str]:
        counted = [f"{self.name} {cell} {n}" for n, cell in enumerate(self.cells, start=1)]
        return [*counted, f"{self.name} = {self.count}"]

    def __str__(self) -> str:
        return "\n".join(self.lines)


@dataclass(frozen=True)
class Conclusion:
    """A step that follows from the steps before it."""

    text: str

    def __str__(self) -> str:
        return self.text


Step = Tally | Conclusion


@dataclass(frozen=True)
class Solution:
    """Evaluated reasoning steps and the answer that they lead to."""

    steps: tuple[Step, ...]
    answer: Answer

    @property
    def spoken(self) -> str:
        """The answer as it stands in the answer section."""
        value = self.answer.value
        return ", ".join(value) if isinstance(value, list) else str(value)


@dataclass(frozen=True)
class Problem:
    """A scene and what is asked about it."""

    family: str
    seed: int
    difficulty: int
    scene: Scene
    question: str

    @property
    def key(self) -> str:
        """Problems with one key look the same and ask the same; no two splits share one."""
        return hashlib.sha256(f"{self.scene.key} {self.question}".encode()).hexdigest()


class Family(Protocol):
    """One kind of problem."""

    def problem(self, seed: int, difficulty: int) -> Problem:
        """The problem with this seed; always the same one."""

    def solve(self, question: str, facts: Sequence[Fact]) -> Solution | None:
        """What follows from the facts; None where they do not determine an answer."""


def answer_from_caption(family: Family, question: str, items: Iterable[str]) -> Answer | None:
    """The answer that a caption implies, whether the caption is true or not.

    Items that state no fact of this world are passed over.
    """
    facts = [fact for item in items if (fact := read_fact(item))]
    solution = family.solve(question, facts)
    return solution.answer if solution else None


def read_fact(item: str) -> Fact | None:
    """Read a caption item such as `a1 red circle`."""
    words = item.split()
    if len(words) != 3 or words[0] not in CELLS or words[1] not in COLOURS:
        return None
    return Fact(*words)


def tally(name: str, facts: Iterable[Fact]) -> Tally:
    """Count the facts that have the attribute `name`."""
    return Tally(name, tuple(fact.cell for fact in facts if fact.has(name)))
