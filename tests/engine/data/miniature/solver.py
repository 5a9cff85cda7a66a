"""A second way to the gold answer: from the objects, sharing nothing with the families."""

from __future__ import annotations

from collections import Counter

from prism_engine.data.miniature.families.family import Problem


def solve_again(problem: Problem) -> int | str | list[str]:
    things = problem.scene.things
    words = problem.question.replace(",", "").split()
    counts = Counter(word for thing in things for word in (thing.colour, thing.shape))
    if problem.family == "counting":
        return [str(counts[word]) for word in words[1:]]
    if problem.family == "composed":
        asked = next(thing for thing in things if thing.cell == words[3])
        return counts[getattr(asked, words[1])]
    if words[0] == "Compare":
        return counts[words[1]] - counts[words[3]]
    return Counter(thing.colour for thing in things).most_common(1)[0][0]
