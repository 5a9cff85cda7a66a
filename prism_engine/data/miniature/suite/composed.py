"""Composed problems, as We-Math groups them: the steps one by one, and all of them at once."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

from prism_engine.data.answers import LETTERS
from prism_engine.data.miniature.families.family import tally
from prism_engine.data.miniature.scene import COLOURS, SHAPES, Scene, draw_scene, seeded
from prism_engine.data.miniature.suite.exercise import (
    Exercise,
    Group,
    choose,
    listed,
    numbers_around,
)

LOOKING, COUNTING, ADDING = "Position", "Counting", "Addition"
"""The concepts that the steps need."""


class Composed:
    """`Colour of b2`, `Count red`, and `Count colour of b2`; a third step adds a number."""

    def group(self, seed: int) -> Group:
        random = seeded("suite composed", seed)
        scene = draw_scene(random, 2)
        kind = random.choice(("colour", "shape"))
        asked = random.choice(scene.things).fact
        attribute = asked.colour if kind == "colour" else asked.shape
        counted = tally(attribute, scene.facts)
        seen = f"{asked.cell} {attribute}"
        values = list(COLOURS if kind == "colour" else SHAPES)
        random.shuffle(values)
        steps = [
            _exercise(scene, f"{kind} of {asked.cell}", [seen], attribute, values),
            _count(scene, f"Count {attribute}", [str(counted)], counted.count, random),
        ]
        whole, labels = f"Count {kind} of {asked.cell}", [LOOKING, COUNTING]
        reasoning, value = [seen, str(counted)], counted.count
        if seed % 3 == 0:
            more = random.randint(1, 4)
            value, labels = value + more, [*labels, ADDING]
            added = f"{counted.count} plus {more} = {value}"
            steps.append(_count(scene, f"{counted.count} plus {more}", [added], value, random))
            whole, reasoning = f"{whole} plus {more}", [*reasoning, added]
        steps.append(_count(scene, whole, reasoning, value, random))
        return _labelled(steps, labels, seed)


def _count(scene: Scene, asked: str, steps: Sequence[str], value: int, random: Random) -> Exercise:
    return _exercise(scene, asked, steps, str(value), numbers_around(random, value, 4))


def _exercise(
    scene: Scene, asked: str, steps: Sequence[str], right: str, choices: Sequence[str]
) -> Exercise:
    answer, found = choose(right, choices)
    return Exercise(
        (scene,), f"{asked}{listed(choices)}", (*steps, found), answer, answer.value,
        {"option": "; ".join(f"{LETTERS[i]}. {text}" for i, text in enumerate(choices))},
    )  # fmt: skip


def _labelled(steps: Sequence[Exercise], labels: Sequence[str], seed: int) -> Group:
    """The group's exercises with the columns that say which step each of them is."""
    kind = f"{len(labels)}steps"
    keys = [f"{kind}_{number}" for number in range(1, len(labels) + 1)]
    concepts = [*([label] for label in labels), list(labels)]
    return tuple(
        Exercise(
            step.scenes, step.question, step.steps, step.answer, step.spoken,
            {
                **step.published,
                "ID": f"{kind}_{seed}",
                "answer": step.spoken,
                "split": "testmini",
                "key": key,
                "question number": number,
                "knowledge concept": ";".join(concept),
                "knowledge concept description": ";".join(concept),
            },
        )
        for number, (step, key, concept) in enumerate(
            zip(steps, [*keys, f"{kind}_multi"], concepts, strict=True)
        )
    )  # fmt: skip
