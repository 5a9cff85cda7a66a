"""Counting and attributes: three attributes, three counts.

A triple is asked for because it can hardly be guessed: the most common one is right in about one
case out of twenty-five, so that an answer is worth as much as the reading behind it.
"""

from __future__ import annotations

from collections.abc import Sequence

from prism_engine.data.answers import ListAnswer
from prism_engine.data.miniature.families.family import Problem, Solution, tally
from prism_engine.data.miniature.scene import COLOURS, SHAPES, Fact, draw_scene, seeded


class Counting:
    """`Count red, circle, blue` → `2, 1, 3`."""

    def problem(self, seed: int, difficulty: int) -> Problem:
        random = seeded("counting", seed, difficulty)
        scene = draw_scene(random, difficulty)
        asked = random.sample(COLOURS + SHAPES, 3)
        return Problem("counting", seed, difficulty, scene, f"Count {', '.join(asked)}")

    def solve(self, question: str, facts: Sequence[Fact]) -> Solution | None:
        attributes = question.removeprefix("Count ").split(", ")
        tallies = tuple(tally(attribute, facts) for attribute in attributes)
        return Solution(tallies, ListAnswer(value=[str(each.count) for each in tallies]))
