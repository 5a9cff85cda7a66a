"""Yes or no about a figure and its edited copy, as HallusionBench asks.

In visual dependent sets (VD) nothing can be said without the figure. In visual supplement sets (VS)
something is known without it, and the edited figure contradicts what is known.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from random import Random

from prism_engine.data.answers import TextAnswer
from prism_engine.data.miniature.scene import COLOURS, SHAPES, Scene, seeded
from prism_engine.data.miniature.suite.exercise import (
    Exercise,
    Group,
    picture,
    some_cells,
)

Mark = tuple[str, str, str]
Found = tuple[str, bool]
"""What is seen, and whether it means yes."""


@dataclass(frozen=True)
class Asked:
    """A question, and by figure what is found there and whether that means yes."""

    question: str
    found: tuple[Found, ...]


class Pairs:
    """`Is b2 red` about the figure → `yes`, about its edited copy → `no`."""

    def group(self, seed: int) -> Group:
        random = seeded("pairs", seed)
        category, subcategory = KINDS[seed % len(KINDS)]
        return MAKERS[subcategory](random, Labels(category, subcategory, str(seed)))


KINDS = (("VD", "figure"), ("VD", "chart"), ("VS", "table"))


@dataclass(frozen=True)
class Labels:
    """The columns that a set's rows share."""

    category: str
    subcategory: str
    set_id: str


def _figure(random: Random, labels: Labels) -> Group:
    """One object is of another colour in the copy."""
    cells = some_cells(random, 4)
    marks = [(cell, random.choice(COLOURS), random.choice(SHAPES)) for cell in cells]
    place = random.randrange(len(marks))
    cell, colour, shape = marks[place]
    other = random.choice([c for c in COLOURS if c != colour])
    edited = [*marks[:place], (cell, other, shape), *marks[place + 1 :]]
    figures = _in_random_order(random, marks, edited)
    control, _, held = random.choice([mark for mark in marks if mark[0] != cell])
    claimed = random.choice((held, random.choice([s for s in SHAPES if s != held])))

    def coloured(marks: Sequence[Mark]) -> Found:
        found = _at(marks, cell)[1]
        return f"{cell} {found}", found == colour

    def shaped(marks: Sequence[Mark]) -> Found:
        return f"{control} {held}", held == claimed

    asked = [
        _asked(f"Is {cell} {colour}", figures, coloured),
        _asked(f"Is {control} {claimed}", figures, shaped),
    ]
    return _rows(random, labels, figures, asked)


def _chart(random: Random, labels: Labels) -> Group:
    """Two bars have changed places in the copy."""
    first, second, third = random.sample(COLOURS, 3)
    low, high = random.choice(((1, 2), (1, 3), (2, 3)))
    columns = random.sample("abc", 3)
    heights = random.randint(1, 3)
    marks = [*_bar(columns[0], first, high), *_bar(columns[1], second, low)]
    edited = [*_bar(columns[0], first, low), *_bar(columns[1], second, high)]
    extra = _bar(columns[2], third, heights)
    figures = _in_random_order(random, [*marks, *extra], [*edited, *extra])
    claimed = random.choice((heights, heights % 3 + 1))

    def taller(marks: Sequence[Mark]) -> Found:
        one, other = _count(marks, first), _count(marks, second)
        return f"{first} = {one}\n{second} = {other}", one > other

    def as_tall(marks: Sequence[Mark]) -> Found:
        return f"{third} = {heights}", heights == claimed

    asked = [
        _asked(f"Is {first} over {second}", figures, taller),
        _asked(f"Is {third} = {claimed}", figures, as_tall),
    ]
    return _rows(random, labels, figures, asked)


def _table(random: Random, labels: Labels) -> Group:
    """A sum that everybody knows, shown rightly and wrongly; and asked without any figure."""
    first, second = random.randint(1, 4), random.randint(1, 4)
    right = first + second
    wrong = right + random.choice((-1, 1))
    colour = random.choice(COLOURS)

    def shown(result: int) -> list[Mark]:
        return [
            ("a2", colour, str(first)), ("b2", colour, "plus"), ("c2", colour, str(second)),
            ("b3", colour, str(result)),
        ]  # fmt: skip

    figures = [shown(right), shown(wrong)]
    claimed = random.choice((right, wrong))
    question = f"Is {first} plus {second} = {claimed}"
    known = (f"{first} plus {second} = {right}", right == claimed)
    by_figure = [(f"b3 {result}", result == claimed) for result in (right, wrong)]
    scenes = [picture(random, figure) for figure in figures]
    pictures: list[tuple[Scene, ...]] = [(), *((scene,) for scene in scenes)]
    return tuple(
        _row(labels, (figure, figure, "0"), pictures[figure], question, found)
        for figure, found in enumerate([known, *by_figure])
    )


MAKERS: dict[str, Callable[[Random, Labels], Group]] = {
    "figure": _figure,
    "chart": _chart,
    "table": _table,
}


def _in_random_order(
    random: Random, marks: Sequence[Mark], edited: Sequence[Mark]
) -> list[Sequence[Mark]]:
    """Which of the two counts as the original, so that the original is not always yes."""
    figures = [marks, edited]
    random.shuffle(figures)
    return figures


def _asked(
    question: str,
    figures: Sequence[Sequence[Mark]],
    look: Callable[[Sequence[Mark]], Found],
) -> Asked:
    return Asked(question, tuple(look(figure) for figure in figures))


def _at(marks: Sequence[Mark], cell: str) -> Mark:
    return next(mark for mark in marks if mark[0] == cell)


def _count(marks: Sequence[Mark], colour: str) -> int:
    return sum(mark[1] == colour for mark in marks)


def _bar(column: str, colour: str, height: int) -> list[Mark]:
    return [(f"{column}{4 - block}", colour, "bar") for block in range(1, height + 1)]


def _rows(
    random: Random, labels: Labels, figures: Sequence[Sequence[Mark]], asked: Sequence[Asked]
) -> Group:
    """Every question about every figure; the original is figure 0, its copy figure 1."""
    scenes = [picture(random, figure) for figure in figures]
    return tuple(
        _row(
            labels, (number, number + 1, str(question)), (scene,), each.question, each.found[number]
        )
        for number, scene in enumerate(scenes)
        for question, each in enumerate(asked)
    )


def _row(
    labels: Labels,
    place: tuple[int, int, str],
    scenes: tuple[Scene, ...],
    question: str,
    found: Found,
) -> Exercise:
    figure, seen, number = place
    step, holds = found
    said = "yes" if holds else "no"
    return Exercise(
        scenes, question, (step,), TextAnswer(value=said), said,
        {
            **vars(labels), "figure_id": str(figure), "question_id": number,
            "visual_input": str(seen), "gt_answer": "1" if holds else "0",
            "gt_answer_details": step,
        },
    )  # fmt: skip
