"""Exercises of several disciplines, as MMMU collects them.

A circuit, a ledger, two cultures and a map: open questions with a number or several golds, choices
among values, and choices among pictures, named by `<image k>` in the options.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from random import Random

from prism_engine.data.answers import IntegerAnswer, TextAnswer
from prism_engine.data.miniature.families.family import tally
from prism_engine.data.miniature.scene import COLOURS, draw_scene, seeded
from prism_engine.data.miniature.suite.exercise import (
    Exercise,
    Group,
    choose,
    listed,
    numbers_around,
    picture,
    some_cells,
    some_colour,
    summed,
)


class Disciplines:
    """`<image 1> Sum` → `6`, and `Which more red` with pictures as options → `B`."""

    def group(self, seed: int) -> Group:
        subject = list(SUBJECTS)[seed % len(SUBJECTS)]
        exercise = SUBJECTS[subject](seeded("disciplines", seed))
        name = {"id": f"validation_{subject}_{seed}", "subfield": subject}
        row = {"answer": exercise.spoken, **exercise.published, **name}
        return (replace(exercise, published=row),)


def _circuit(random: Random) -> Exercise:
    """Resistors in series: their sum, an open question."""
    resistors = {cell: random.randint(1, 4) for cell in some_cells(random, 3)}
    colour = some_colour(random)
    scene = picture(random, [(cell, colour, str(ohms)) for cell, ohms in resistors.items()])
    total = sum(resistors.values())
    return Exercise(
        (scene,), "<image 1>\nSum", tuple(summed(list(resistors.values()))),
        IntegerAnswer(value=total), str(total), _open("Diagrams", str(total)),
    )  # fmt: skip


def _ledger(random: Random) -> Exercise:
    """What came in, in green, less what went out, in red: one of four values."""
    cells = some_cells(random, 3)
    income, expense = (random.randint(2, 4), random.randint(2, 4)), random.randint(1, 4)
    marks = [
        (cells[0], "green", str(income[0])),
        (cells[1], "green", str(income[1])),
        (cells[2], "red", str(expense)),
    ]
    total = sum(income)
    balance = total - expense
    choices = numbers_around(random, balance, 4)
    answer, found = choose(str(balance), choices)
    steps = (*summed(income), f"{total} minus {expense} = {balance}", found)
    return Exercise(
        (picture(random, marks),), f"<image 1>\nSum green minus red{listed(choices)}", steps,
        answer, answer.value, _multiple("Tables", choices),
    )  # fmt: skip


def _cultures(random: Random) -> Exercise:
    """Which of two pictures has more of a colour; the options are the pictures."""
    colour = some_colour(random)
    while True:
        scenes = (draw_scene(random, 1), draw_scene(random, 1))
        counts = [tally(colour, scene.facts).count for scene in scenes]
        if counts[0] != counts[1]:
            break
    choices = ["<image 1>", "<image 2>"]
    random.shuffle(choices)
    more = counts.index(max(counts)) + 1
    answer, found = choose(f"<image {more}>", choices)
    tallies = [f"{number} {colour} = {count}" for number, count in enumerate(counts, start=1)]
    return Exercise(
        scenes, f"Which more {colour}{listed(choices)}", (*tallies, found), answer, answer.value,
        _multiple("Microscopic Images", choices),
    )  # fmt: skip


def _map(random: Random) -> Exercise:
    """Where something is: every cell that has it is right, as with MMMU's lists of golds."""
    colour = some_colour(random)
    others = [other for other in COLOURS if other != colour]
    cells = some_cells(random, random.randint(3, 6))
    places = sorted(random.sample(range(len(cells)), 2))
    marks = [
        (cell, colour if number in places else random.choice(others), "square")
        for number, cell in enumerate(cells)
    ]
    right = [cells[place] for place in places]
    return Exercise(
        (picture(random, marks),), f"<image 1>\nWhere {colour}", (f"{right[0]} {colour}",),
        TextAnswer(value=right[0], aliases=right[1:]), right[0], _open("Maps", right),
    )  # fmt: skip


SUBJECTS: dict[str, Callable[[Random], Exercise]] = {
    "Electronics": _circuit,
    "Accounting": _ledger,
    "Biology": _cultures,
    "Geography": _map,
}
"""Names as in MMMU, of which Electronics, Accounting, Biology and Geography are subjects."""


def _open(kind: str, gold: str | list[str]) -> dict[str, object]:
    return {
        "question_type": "open", "options": "[]", "answer": repr(gold) if isinstance(gold, list)
        else gold, "img_type": [kind], "topic_difficulty": "Easy",
    }  # fmt: skip


def _multiple(kind: str, choices: list[str]) -> dict[str, object]:
    return {
        "question_type": "multiple-choice", "options": repr(choices), "img_type": [kind],
        "topic_difficulty": "Easy",
    }  # fmt: skip
