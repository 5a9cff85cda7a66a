"""Puzzles, as MATH-Vision sets them: subjects, levels from 1 to 5, five options or none."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from random import Random

from prism_engine.data.answers import LETTERS, IntegerAnswer
from prism_engine.data.miniature.scene import CELLS, COLOURS, SHAPES, Scene, seeded
from prism_engine.data.miniature.suite.exercise import (
    Exercise,
    Group,
    choose,
    listed,
    picture,
    some_cells,
    some_colour,
    summed,
)

OPTIONS = 5


class Puzzle:
    """The harder its level, the more there is to go through."""

    def group(self, seed: int) -> Group:
        random = seeded("puzzle", seed)
        subject = list(SUBJECTS)[seed % len(SUBJECTS)]
        exercise = SUBJECTS[subject](random, random.randint(1, 5))
        row = {**exercise.published, "id": str(seed), "answer": exercise.spoken}
        return (replace(exercise, published=row),)


def _arithmetic(random: Random, level: int) -> Exercise:
    """`Sum` → `7`: the numbers in the picture, one more than the level."""
    colour = some_colour(random)
    digits = {cell: random.randint(1, 3) for cell in some_cells(random, level + 1)}
    scene = picture(random, [(cell, colour, str(digit)) for cell, digit in digits.items()])
    return _free("arithmetic", level, scene, "Sum", summed(list(digits.values())))


def _counting(random: Random, level: int) -> Exercise:
    """`Count red circle` → `2`: objects that are both, among twice the level less one."""
    colour, shape = some_colour(random), random.choice(SHAPES)
    kinds = [(colour, shape), (colour, shape), (some_colour(random), random.choice(SHAPES))]
    marks = [(cell, *random.choice(kinds)) for cell in some_cells(random, 2 * level - 1)]
    found = [cell for cell, *kind in marks if kind == [colour, shape]]
    steps = [f"{cell} {number}" for number, cell in enumerate(found, start=1)]
    asked = f"Count {colour} {shape}"
    return _free("counting", level, picture(random, marks), asked, [*steps, f"= {len(found)}"])


def _odd_one(random: Random, level: int) -> Exercise:
    """`Odd` → `C`: the letter of another colour. The options are letters of the picture alone."""
    usual, odd = random.sample(COLOURS, 2)
    letters = LETTERS[:OPTIONS]
    different = random.choice(letters)
    cells = random.sample(CELLS, OPTIONS + level - 1)
    marks = [
        (cell, odd if letter == different else usual, letter)
        for cell, letter in zip(cells, letters, strict=False)
    ]
    distractors = [(cell, random.choice((usual, odd)), "square") for cell in cells[OPTIONS:]]
    scene = picture(random, [*marks, *distractors])
    answer, _ = choose(different, list(letters))
    return Exercise(
        (scene,), "Odd", (f"{odd} {different}",), answer, different,
        _published("logic", level, list(letters)),
    )  # fmt: skip


def _pattern(random: Random, level: int) -> Exercise:
    """`Missing b2` with five options → `D`: rows share a shape. Fewer cells are left each level."""
    shapes = dict(zip("123", random.sample((*SHAPES, "bar"), 3), strict=True))
    colours = dict(zip("abc", random.sample(COLOURS, 3), strict=True))
    missing = random.choice(CELLS)
    witness = random.choice([c for c in CELLS if c[1] == missing[1] and c != missing])
    others = [cell for cell in CELLS if cell not in (missing, witness)]
    shown = [witness, *random.sample(others, 8 - level)]
    scene = picture(random, [(cell, colours[cell[0]], shapes[cell[1]]) for cell in shown])
    options = [*SHAPES, "bar", "none"]
    random.shuffle(options)
    shape = shapes[missing[1]]
    answer, found = choose(shape, options)
    first = min((c for c in shown if c[1] == missing[1]), key=CELLS.index)
    return Exercise(
        (scene,), f"Missing {missing}{listed(options)}", (f"{first} {shape}", found), answer,
        answer.value, _published("transformation geometry", level, options),
    )  # fmt: skip


SUBJECTS: dict[str, Callable[[Random, int], Exercise]] = {
    "arithmetic": _arithmetic,
    "counting": _counting,
    "logic": _odd_one,
    "transformation geometry": _pattern,
}
"""Four of MATH-Vision's sixteen subjects, by the names that its rows have."""


def _free(subject: str, level: int, scene: Scene, asked: str, steps: list[str]) -> Exercise:
    value = steps[-1].split()[-1]
    return Exercise(
        (scene,), asked, tuple(steps), IntegerAnswer(value=int(value)), value,
        _published(subject, level, []),
    )  # fmt: skip


def _published(subject: str, level: int, options: list[str]) -> dict[str, object]:
    return {"subject": subject, "level": level, "options": options}
