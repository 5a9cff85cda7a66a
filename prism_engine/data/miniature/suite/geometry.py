"""Geometry, as MathVerse asks: one problem in five versions.

From version to version conditions move out of the text into the picture: what the figure is, which
of its sides are equal, how long the others are, and in the end the question itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from random import Random

from prism_engine.data.answers import LETTERS, Answer, IntegerAnswer
from prism_engine.data.miniature.scene import COLOURS, Scene, seeded
from prism_engine.data.miniature.suite.exercise import (
    Exercise,
    Group,
    choose,
    listed,
    numbers_around,
    picture,
    summed,
)

SIDES = {"Triangle": ("a2", "c2", "b3"), "Rectangle": ("b1", "a2")}
"""The cells of a figure's sides; a rectangle's others are as long as those across."""
ACROSS = {"b1": "b3", "a2": "c2"}
LONGEST = 4


@dataclass(frozen=True)
class Figure:
    """Lengths by cell; sides of one colour are equal."""

    name: str
    asked: str
    lengths: Mapping[str, int]
    colours: Mapping[str, str]

    @property
    def measured(self) -> list[str]:
        """The cells whose lengths have to be given; the others are equal to one of them."""
        seen: dict[str, str] = {}
        for cell in self.lengths:
            seen.setdefault(self.colours[cell], cell)
        return list(seen.values())

    @property
    def equalities(self) -> list[str]:
        first = {self.colours[cell]: cell for cell in self.measured}
        return [
            f"{first[self.colours[cell]]} equals {cell}"
            for cell in self.lengths
            if cell not in self.measured
        ]


class Geometry:
    """`Triangle, a2 equals c2, a2 3, b3 2` and `Perimeter` → `8`."""

    def group(self, seed: int) -> Group:
        random = seeded("geometry", seed)
        figure = _figure(random)
        steps, value = _solve(figure)
        choices = numbers_around(random, value, 4) if random.random() < 0.5 else []
        answer: Answer = IntegerAnswer(value=value)
        spoken = str(value)
        if choices:
            answer, found = choose(str(value), choices)
            steps, spoken = [*steps, found], answer.value
        return tuple(
            Exercise(
                (_picture(figure, version, random),),
                _question(figure, version) + listed(choices),
                tuple(steps),
                answer,
                spoken,
                _published(figure, version, choices, spoken, seed),
            )
            for version in VERSIONS
        )


VERSIONS = (
    "Text Dominant", "Text Lite", "Vision Intensive", "Vision Dominant", "Vision Only",
)  # fmt: skip


def _figure(random: Random) -> Figure:
    name = random.choice(list(SIDES))
    colours = random.sample(COLOURS, 3)
    lengths = {cell: random.randint(1, LONGEST) for cell in SIDES[name]}
    painted = dict(zip(lengths, colours, strict=False))
    if name == "Rectangle":
        lengths |= {ACROSS[cell]: length for cell, length in lengths.items()}
        painted |= {ACROSS[cell]: colour for cell, colour in painted.items()}
        return Figure(name, random.choice(("Perimeter", "Area")), lengths, painted)
    # Two legs of one length and one colour; the base differs, so that colour tells all.
    lengths["c2"], painted["c2"] = lengths["a2"], painted["a2"]
    return Figure(name, "Perimeter", lengths, painted)


def _solve(figure: Figure) -> tuple[list[str], int]:
    lengths = figure.lengths
    if figure.asked == "Area":
        wide, high = lengths["b1"], lengths["a2"]
        sides = [f"{cell} {lengths[cell]}" for cell in ("b1", "a2")]
        return [*sides, f"{wide} times {high} = {wide * high}"], wide * high
    sides = [f"{cell} {length}" for cell, length in lengths.items()]
    return [*sides, *summed(list(lengths.values()))], sum(lengths.values())


def _question(figure: Figure, version: str) -> str:
    """What the text says in this version, most of it first."""
    told = {"Vision Only": ["Solve"]}.get(version, [figure.asked])
    if version in ("Text Dominant", "Text Lite", "Vision Intensive"):
        told = [*(f"{cell} {figure.lengths[cell]}" for cell in figure.measured), *told]
    if version in ("Text Dominant", "Text Lite"):
        told = [*figure.equalities, *told]
    if version == "Text Dominant":
        told = [figure.name, *told]
    return "\n".join(told)


def _picture(figure: Figure, version: str, random: Random) -> Scene:
    """Sides as bars in their colour, or as their lengths where the text does not tell them."""
    shown = version in ("Vision Dominant", "Vision Only")
    marks = [
        (cell, colour, str(figure.lengths[cell]) if shown and cell in figure.measured else "bar")
        for cell, colour in figure.colours.items()
    ]
    if version == "Vision Only":
        marks.append(("b2", "red", figure.asked))
    return picture(random, marks)


def _published(
    figure: Figure, version: str, choices: list[str], answer: str, seed: int
) -> dict[str, object]:
    lines = [f"{letter}: {text}" for letter, text in zip(LETTERS, choices, strict=False)]
    told = [_question(figure, "Text Dominant"), *(["Choices:", *lines] if lines else [])]
    return {
        "sample_index": f"{seed}-{VERSIONS.index(version)}",
        "problem_index": str(seed),
        "problem_version": version,
        "question_type": "multi-choice" if choices else "free-form",
        "question_for_eval": "\n".join(told),
        "answer": answer,
        "metadata": {
            "split": "testmini",
            "source": "miniature",
            "subject": "Plane Geometry",
            "subfield": "Area" if figure.asked == "Area" else "Length",
        },
    }
