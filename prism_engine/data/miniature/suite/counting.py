"""Counting, as MathVista asks about pictures and in word problems: a number, or several."""

from __future__ import annotations

from prism_engine.data.answers import IntegerAnswer, ListAnswer
from prism_engine.data.miniature.families import FAMILIES
from prism_engine.data.miniature.families.family import Problem, tally
from prism_engine.data.miniature.suite.exercise import Exercise, Group
from prism_engine.data.miniature.suite.mathvista import free_form

CONTEXT = "synthetic scene"


class Counting:
    """The scenes of the counting family: `Count red` → `2`, `Count red, circle` → `2, 1`."""

    def group(self, seed: int) -> Group:
        problem = FAMILIES["counting"].problem(seed, 2)
        return (_list(problem) if seed % 4 == 0 else _number(problem),)


def _number(problem: Problem) -> Exercise:
    attribute = problem.question.removeprefix("Count ").split(", ")[0]
    counted = tally(attribute, problem.scene.facts)
    return Exercise(
        (problem.scene,),
        f"Count {attribute}",
        (str(counted),),
        IntegerAnswer(value=counted.count),
        str(counted.count),
        free_form(
            _pid(problem), "visual question answering", CONTEXT, str(counted.count), "integer"
        ),
    )


def _list(problem: Problem) -> Exercise:
    attributes = problem.question.removeprefix("Count ").split(", ")[:2]
    tallies = [tally(attribute, problem.scene.facts) for attribute in attributes]
    counts = [str(each.count) for each in tallies]
    return Exercise(
        (problem.scene,),
        f"Count {', '.join(attributes)}",
        tuple(map(str, tallies)),
        ListAnswer(value=counts),
        ", ".join(counts),
        free_form(_pid(problem), "math word problem", CONTEXT, f"[{', '.join(counts)}]", "list"),
    )


def _pid(problem: Problem) -> str:
    return f"counting-{problem.seed}"
