"""A second way to every gold answer: from what is seen and read, sharing nothing with the families.

It works on pictures as lists of objects and on questions as texts, so that an exercise that cannot
be solved from these, because a version shows too little, has no answer here either.
"""

from __future__ import annotations

import re
from collections import Counter

from prism_engine.data.miniature.suite.exercise import Exercise

LETTERS = "ABCDEFGHIJ"
ACROSS = [("a2", "c2"), ("b1", "b3")]


def solve_again(family: str, exercise: Exercise) -> set[str]:
    """All answers that are right."""
    asked, options = read_question(exercise)
    things = [thing for scene in exercise.scenes for thing in scene.things]
    values = SOLVERS[family](asked, things, exercise, options)
    if not options:
        return values
    return {letter for letter, text in options.items() if text in values}


def read_question(exercise: Exercise) -> tuple[list[str], dict[str, str]]:
    """The lines that ask, and the options by letter; a screenshot's are read from the picture."""
    lines = exercise.question.split("\n")
    options = {line[0]: line[2:] for line in lines if re.match(r"[A-J] \S", line)}
    asked = [line for line in lines if line[:1] not in options or line[1:2] != " "]
    if exercise.published.get("setting") == "vision":
        (scene,) = exercise.scenes
        options = dict(t.shape.split() for t in scene.things if " " in t.shape)
    return asked, options


def _chart(asked, things, exercise, options):
    heights = Counter(thing.colour for thing in things)
    if asked == ["Tallest bar"]:
        return {max(heights, key=heights.get)}
    _, more, how, less = asked[0].split()
    if how == "over":
        return {str(round(heights[more] / heights[less], 1))}
    return {str(heights[more] - heights[less])}


def _counting(asked, things, exercise, options):
    words = Counter(word for thing in things for word in (thing.colour, thing.shape))
    return {", ".join(str(words[w]) for w in asked[0].removeprefix("Count ").split(", "))}


def _geometry(asked, things, exercise, options):
    seen = {thing.cell: thing for thing in things if thing.cell != "b2"}
    lengths = {cell: int(t.shape) for cell, t in seen.items() if t.shape.isdigit()}
    lengths |= {line[:2]: int(line[3:]) for line in asked if re.fullmatch(r"[abc]\d \d", line)}
    equal = [(line[:2], line[-2:]) for line in asked if "equals" in line]
    equal += [(p, q) for p in seen for q in seen if p != q and seen[p].colour == seen[q].colour]
    for known, other in equal:
        if known in lengths:
            lengths.setdefault(other, lengths[known])
    assert lengths.keys() == seen.keys()
    what = next(w for w in [*asked, *(t.shape for t in things)] if w in ("Perimeter", "Area"))
    return {str(lengths["a2"] * lengths["b1"] if what == "Area" else sum(lengths.values()))}


def _puzzle(asked, things, exercise, options):
    words = asked[0].split()
    if words == ["Sum"]:
        return {str(sum(int(thing.shape) for thing in things))}
    if words[0] == "Count":
        return {str(sum([t.colour, t.shape] == words[1:] for t in things))}
    if words == ["Odd"]:
        letters = [thing for thing in things if thing.shape in LETTERS]
        colours = Counter(thing.colour for thing in letters)
        return {thing.shape for thing in letters if colours[thing.colour] == 1}
    return {thing.shape for thing in things if thing.cell[1] == words[1][1]}


def _composed(asked, things, exercise, options):
    text = asked[0]
    more = int(text.split(" plus ")[1]) if " plus " in text else 0
    words = text.split(" plus ")[0].split()
    if words[0].isdigit():
        return {str(int(words[0]) + more)}
    if "of" in words:
        (thing,) = [thing for thing in things if thing.cell == words[-1]]
        looked_up = getattr(thing, words[-3])
        if words[0] != "Count":
            return {looked_up}
    else:
        looked_up = words[1]
    return {str(sum(looked_up in (t.colour, t.shape) for t in things) + more)}


def _disciplines(asked, things, exercise, options):
    words = asked[-1].split()
    if words == ["Sum"]:
        return {str(sum(int(thing.shape) for thing in things))}
    if words[0] == "Sum":
        signs = {words[1]: 1, words[3]: -1}
        return {str(sum(signs[thing.colour] * int(thing.shape) for thing in things))}
    if words[0] == "Where":
        return {thing.cell for thing in things if thing.colour == words[1]}
    first, second = ([t.colour for t in s.things].count(words[2]) for s in exercise.scenes)
    return {"<image 1>" if first > second else "<image 2>"}


def _ten_options(asked, things, exercise, options):
    content = [thing for thing in things if " " not in thing.shape]
    signs = [thing for thing in content if thing.shape in ("Sum", "Count")]
    what = signs[0].shape if signs else asked[-1].split()[0]
    content = [thing for thing in content if thing not in signs]
    if what == "Sum":
        return {str(sum(int(thing.shape) for thing in content))}
    colour = signs[0].colour if signs else asked[-1].split()[1]
    return {str(sum(thing.colour == colour for thing in content))}


def _pairs(asked, things, exercise, options):
    words = asked[0].removeprefix("Is ").split()
    heights = Counter(thing.colour for thing in things)
    at = {thing.cell: thing for thing in things}
    if "plus" in words:
        first, _, second, _, claimed = words
        result = int(at["b3"].shape) if things else int(first) + int(second)
        holds = result == int(claimed)
    elif words[1] == "over":
        holds = heights[words[0]] > heights[words[2]]
    elif words[1] == "=":
        holds = heights[words[0]] == int(words[2])
    else:
        holds = words[1] in (at[words[0]].colour, at[words[0]].shape)
    return {"yes" if holds else "no"}


SOLVERS = {
    "chart": _chart,
    "counting": _counting,
    "geometry": _geometry,
    "puzzle": _puzzle,
    "composed": _composed,
    "disciplines": _disciplines,
    "ten-options": _ten_options,
    "pairs": _pairs,
}
