"""Two steps: find out what a cell holds, then count what is like it."""

from __future__ import annotations

from collections.abc import Sequence

from prism_engine.data.answers import IntegerAnswer
from prism_engine.data.miniature.families.family import (
    Conclusion,
    Problem,
    Solution,
    tally,
)
from prism_engine.data.miniature.scene import Fact, draw_scene, seeded


class Composed:
    """`Count colour of b2` → `3`."""

    def problem(self, seed: int, difficulty: int) -> Problem:
        random = seeded("composed", seed, difficulty)
        scene = draw_scene(random, difficulty)
        kind = random.choice(("colour", "shape"))
        cell = random.choice(scene.things).cell
        return Problem("composed", seed, difficulty, scene, f"Count {kind} of {cell}")

    def solve(self, question: str, facts: Sequence[Fact]) -> Solution | None:
        _, kind, _, cell = question.split()
        named = next((fact for fact in facts if fact.cell == cell), None)
        if named is None:
            return None
        attribute = named.colour if kind == "colour" else named.shape
        counted = tally(attribute, facts)
        steps = (Conclusion(f"{cell} {attribute}"), counted)
        return Solution(steps, IntegerAnswer(value=counted.count))
