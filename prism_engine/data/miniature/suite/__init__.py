"""Eight families that mirror the seven benchmarks of the paper's tables.

A family turns a seed into one semantic state, and the state into pictures of coloured objects and
signs on the grid of the miniature world, complete and true captions, questions, evaluated steps
and typed answers, with the columns that the benchmark's authors publish. `write.py` puts a data set
for every benchmark beside those that a policy learns from. To add a family, write its file and
name it below.
"""

from prism_engine.data.miniature.suite.chart import Chart
from prism_engine.data.miniature.suite.composed import Composed
from prism_engine.data.miniature.suite.counting import Counting
from prism_engine.data.miniature.suite.disciplines import Disciplines
from prism_engine.data.miniature.suite.exercise import Family
from prism_engine.data.miniature.suite.geometry import Geometry
from prism_engine.data.miniature.suite.pairs import Pairs
from prism_engine.data.miniature.suite.puzzle import Puzzle
from prism_engine.data.miniature.suite.ten_options import TenOptions

SUITE: dict[str, dict[str, Family]] = {
    "mathvista": {"chart": Chart(), "counting": Counting()},
    "mathverse": {"geometry": Geometry()},
    "mathvision": {"puzzle": Puzzle()},
    "wemath": {"composed": Composed()},
    "mmmu": {"disciplines": Disciplines()},
    "mmmu_pro": {"ten-options": TenOptions()},
    "hallusion_bench": {"pairs": Pairs()},
}
"""The families of every benchmark, by the names of both."""
