"""Our rules against the authors' own scorers, which run unmodified at a named commit.

One file per benchmark says where its scorer is, makes the pairs of item and response, and names the
defects of the scorer that explain where the two differ. `environment.py` gets a scorer and an
environment of its own, `spellings.py` has the ways to write an answer, `stand_in.py` plays the
model that a scorer asks, at the border of its process. Items are ours, in the authors' schema.
"""

from bench.oracle_scorers.hallusion_bench import HallusionBenchOracle
from bench.oracle_scorers.mathverse import MathVerseOracle
from bench.oracle_scorers.mathvision import MathVisionOracle
from bench.oracle_scorers.mathvista import MathVistaOracle
from bench.oracle_scorers.mmmu import MMMUOracle
from bench.oracle_scorers.mmmu_pro import MMMUProOracle
from bench.oracle_scorers.oracle import Oracle
from bench.oracle_scorers.wemath import WeMathOracle

ORACLES: dict[str, Oracle] = {
    "mathvista": MathVistaOracle(),
    "mathverse": MathVerseOracle(),
    "mathvision": MathVisionOracle(),
    "wemath": WeMathOracle(),
    "mmmu": MMMUOracle(),
    "mmmu_pro": MMMUProOracle(),
    "hallusion_bench": HallusionBenchOracle(),
}
