"""What a family of the suite is, and what its exercises are made of."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any, Protocol

from prism_engine.data.answers import LETTERS, Answer, ChoiceAnswer
from prism_engine.data.miniature.demonstration import Demonstration
from prism_engine.data.miniature.scene import CELLS, COLOURS, Scene, Thing, draw_thing


@dataclass(frozen=True)
class Exercise:
    """One question about pictures, with evaluated steps and a typed answer.

    `spoken` is the answer as it stands in the answer section, `published` the row as the authors
    of the mirrored benchmark would publish it, without question and images.
    """

    scenes: tuple[Scene, ...]
    question: str
    steps: tuple[str, ...]
    answer: Answer
    spoken: str
    published: Mapping[str, Any] = field(default_factory=dict)

    @property
    def caption(self) -> tuple[str, ...]:
        """Every fact of every picture; where there are several, each names its picture first."""
        return tuple(text for text, _ in self._stated())

    @property
    def demonstration(self) -> Demonstration:
        """Every fact, every step, and the answer that they lead to."""
        return Demonstration(self.caption, self.steps, self.spoken)

    @property
    def hasty(self) -> Demonstration:
        """The same, but that small objects are overlooked wherever something else is to see."""
        stated = self._stated()
        seen = tuple(text for text, small in stated if not small) or (stated[0][0],)
        return Demonstration(seen, self.steps, self.spoken)

    def _stated(self) -> list[tuple[str, bool]]:
        """What there is to say, and whether it is easily overlooked."""
        several = len(self.scenes) > 1
        said = [
            (f"{number} {thing.fact}" if several else str(thing.fact), thing.small)
            for number, scene in enumerate(self.scenes, start=1)
            for thing in scene.things
        ]
        return said or [("none", False)]


Group = tuple[Exercise, ...]
"""Exercises that one semantic state gives: all stand in the same split."""


class Family(Protocol):
    """One kind of exercise."""

    def group(self, seed: int) -> Group:
        """All exercises of the state with this seed; always the same ones."""


def key_of(group: Group) -> str:
    """Names what a state shows and asks; no two splits share one."""
    shown = [(*(scene.key for scene in each.scenes), each.question) for each in group]
    return hashlib.sha256(repr(shown).encode()).hexdigest()


def picture(random: Random, marks: Sequence[tuple[str, str, str]], side: int = 3) -> Scene:
    """Draw what is given as (cell, colour, shape); signs are never small."""
    ordered = sorted(marks, key=lambda mark: (mark[0][1], mark[0][0]))
    things = tuple(draw_mark(random, *mark) for mark in ordered)
    return Scene(things, noise=random.getrandbits(32), side=side)


SIGN_RADIUS = 66


def draw_mark(random: Random, cell: str, colour: str, shape: str) -> Thing:
    """An object with a random size, place and shade, or a sign, which has only one size."""
    thing = draw_thing(random, cell, colour, shape)
    if shape in ("circle", "square", "triangle", "bar"):
        return thing
    return Thing(cell, colour, shape, SIGN_RADIUS, thing.right, thing.down, thing.shade)


def some_cells(random: Random, count: int) -> list[str]:
    """Distinct cells in reading order."""
    return sorted(random.sample(CELLS, count), key=CELLS.index)


def some_colour(random: Random) -> str:
    """Any of them."""
    return random.choice(COLOURS)


def listed(choices: Sequence[str]) -> str:
    """Choices as they stand in a question, a line each: `A red`."""
    return "".join(f"\n{letter} {text}" for letter, text in zip(LETTERS, choices, strict=False))


def choose(right: str, choices: Sequence[str]) -> tuple[ChoiceAnswer, str]:
    """The answer that is a letter, and the step that finds it: `A red`."""
    letter = LETTERS[list(choices).index(right)]
    return ChoiceAnswer(value=letter, choices=list(choices)), f"{letter} {right}"


def numbers_around(random: Random, right: int, count: int) -> list[str]:
    """`count` different numbers in random order, the right one among them, none below 0."""
    low = max(0, right - random.randrange(count))
    numbers = [str(number) for number in range(low, low + count)]
    random.shuffle(numbers)
    return numbers


def summed(numbers: Sequence[int]) -> list[str]:
    """A running sum, a step each: `2 plus 3 = 5`."""
    steps, total = [], numbers[0]
    for number in numbers[1:]:
        steps.append(f"{total} plus {number} = {total + number}")
        total += number
    return steps
