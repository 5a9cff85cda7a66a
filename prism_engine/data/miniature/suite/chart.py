"""Charts, as MathVista asks about figures: a difference, a ratio, the tallest bar."""

from __future__ import annotations

from prism_engine.data.answers import DecimalAnswer
from prism_engine.data.miniature.families import FAMILIES
from prism_engine.data.miniature.families.family import Problem, tally
from prism_engine.data.miniature.scene import seeded
from prism_engine.data.miniature.suite.exercise import Exercise, Group, choose, listed
from prism_engine.data.miniature.suite.mathvista import free_form, multi_choice

TASK, CONTEXT = "figure question answering", "bar chart"


class Chart:
    """The bars of the chart family: `Compare red over blue` → `1.5`."""

    def group(self, seed: int) -> Group:
        problem = FAMILIES["chart"].problem(seed, 2)
        if problem.question == "Tallest bar":
            return (_tallest(problem),)
        return (_ratio(problem) if seed % 4 < 2 else _difference(problem),)


def _tallest(problem: Problem) -> Exercise:
    facts = problem.scene.facts
    colours = list(dict.fromkeys(fact.colour for fact in facts))
    seeded("choices", problem.seed).shuffle(colours)
    counts = {colour: tally(colour, facts) for colour in sorted(colours)}
    winner = max(counts, key=lambda colour: counts[colour].count)
    answer, found = choose(winner, colours)
    return Exercise(
        (problem.scene,),
        f"Tallest bar{listed(colours)}",
        (*(str(each) for each in counts.values()), f"tallest {winner}", found),
        answer,
        answer.value,
        multi_choice(_pid(problem), TASK, CONTEXT, winner, colours),
    )


def _difference(problem: Problem) -> Exercise:
    solution = FAMILIES["chart"].solve(problem.question, problem.scene.facts)
    assert solution is not None
    return Exercise(
        (problem.scene,),
        problem.question,
        tuple(map(str, solution.steps)),
        solution.answer,
        solution.spoken,
        free_form(_pid(problem), TASK, CONTEXT, solution.spoken, "integer"),
    )


def _ratio(problem: Problem) -> Exercise:
    more, less = problem.question.removeprefix("Compare ").split(" minus ")
    first, second = (tally(colour, problem.scene.facts) for colour in (more, less))
    value = f"{first.count / second.count:.1f}"
    return Exercise(
        (problem.scene,),
        f"Compare {more} over {less}",
        (str(first), str(second), f"{first.count} over {second.count} = {value}"),
        DecimalAnswer(value=value, precision=1),
        value,
        free_form(_pid(problem), TASK, CONTEXT, value, "float", precision=1),
    )


def _pid(problem: Problem) -> str:
    return f"chart-{problem.seed}"
