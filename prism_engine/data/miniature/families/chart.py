"""Charts: three bars of different colours, built of blocks on the same grid."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

from prism_engine.data.answers import IntegerAnswer, TextAnswer
from prism_engine.data.miniature.families.family import (
    Conclusion,
    Problem,
    Solution,
    tally,
)
from prism_engine.data.miniature.scene import (
    CELLS,
    COLOURS,
    COLUMNS,
    Fact,
    Scene,
    draw_thing,
    seeded,
)

BAR = "bar"


class Chart:
    """`Compare red minus blue` → `2` and `Tallest bar` → `red`."""

    def problem(self, seed: int, difficulty: int) -> Problem:
        random = seeded("chart", seed, difficulty)
        colours = random.sample(COLOURS, len(COLUMNS))
        heights = dict(zip(colours, _heights(random, difficulty), strict=True))
        columns = dict(zip(COLUMNS, colours, strict=True))
        # Bars stand on the lowest row, so a bar of height 2 fills rows 3 and 2.
        things = tuple(
            draw_thing(random, cell, columns[cell[0]], BAR)
            for cell in CELLS
            if 4 - int(cell[1]) <= heights[columns[cell[0]]]
        )
        scene = Scene(things, noise=random.getrandbits(32))
        return Problem("chart", seed, difficulty, scene, _question(random, heights))

    def solve(self, question: str, facts: Sequence[Fact]) -> Solution | None:
        if question == "Tallest bar":
            return _tallest(facts)
        more, less = question.removeprefix("Compare ").split(" minus ")
        first, second = tally(more, facts), tally(less, facts)
        difference = first.count - second.count
        conclusion = Conclusion(f"{first.count} minus {second.count} = {difference}")
        return Solution((first, second, conclusion), IntegerAnswer(value=difference))


def _heights(random: Random, difficulty: int) -> list[int]:
    """Heights from 1 to 3 with a single tallest bar; close ones are harder to tell apart."""
    tallest = random.randint(2, 3)
    shorter = [random.randint(max(1, tallest - 4 + difficulty), tallest - 1) for _ in range(2)]
    heights = [tallest, *shorter]
    random.shuffle(heights)
    return heights


def _question(random: Random, heights: dict[str, int]) -> str:
    if random.random() < 0.5:
        return "Tallest bar"
    pair = random.sample(sorted(heights), 2)
    more, less = sorted(pair, key=lambda colour: -heights[colour])
    return f"Compare {more} minus {less}"


def _tallest(facts: Sequence[Fact]) -> Solution | None:
    colours = list(dict.fromkeys(fact.colour for fact in facts))
    tallies = tuple(tally(colour, facts) for colour in colours)
    highest = max((each.count for each in tallies), default=0)
    winners = [each.name for each in tallies if each.count == highest]
    if len(winners) != 1:
        return None
    return Solution((*tallies, Conclusion(f"tallest {winners[0]}")), TextAnswer(value=winners[0]))
