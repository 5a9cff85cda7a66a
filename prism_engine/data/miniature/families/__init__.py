"""Families of problems. One file each; to add one, write the class and add a line below.

A family turns (seed, difficulty) into a `Problem` and knows how to reason about it from facts
alone: `solve` takes any facts, complete or not, so that a sloppy caption gets the reasoning and
the answer that follow from it.
"""

from prism_engine.data.miniature.families.chart import Chart
from prism_engine.data.miniature.families.composed import Composed
from prism_engine.data.miniature.families.counting import Counting
from prism_engine.data.miniature.families.family import Family

FAMILIES: dict[str, Family] = {
    "counting": Counting(),
    "chart": Chart(),
    "composed": Composed(),
}
