"""Held-out items, and what a policy's responses to them are worth.

A benchmark says how the rows of a data set are scored, and what its authors report. Rows say in
their metadata which one they belong to (`"benchmark": "mathvista"`); rows that do not say so are
scored by the type of their answer. To add one, write its file and a line below.

`published.py` makes data sets of the files in which benchmarks are published, `scoring.py` has the
modes, `evaluate.py` draws responses and sums up, `breakdown.py` and `statistics.py` give every
number its part and its interval, `structure.py` counts what is in a response.
"""

from collections.abc import Sequence

from prism_engine.benchmarks.benchmark import Benchmark
from prism_engine.benchmarks.hallusion_bench import HallusionBench
from prism_engine.benchmarks.mathverse import MathVerse
from prism_engine.benchmarks.mathvision import MathVision
from prism_engine.benchmarks.mathvista import MathVista
from prism_engine.benchmarks.miniature import Miniature
from prism_engine.benchmarks.mirror import Mirror
from prism_engine.benchmarks.mmmu import MMMU
from prism_engine.benchmarks.mmmu_pro import MMMUPro
from prism_engine.benchmarks.published import Published
from prism_engine.benchmarks.typed import Typed
from prism_engine.benchmarks.wemath import WeMath
from prism_engine.data.records import Record

PUBLISHED: dict[str, Published] = {
    "mathvista": MathVista(),
    "mathverse": MathVerse(),
    "mathvision": MathVision(),
    "wemath": WeMath(),
    "mmmu": MMMU(),
    "mmmu_pro": MMMUPro(),
    "hallusion_bench": HallusionBench(),
}

BENCHMARKS: dict[str, Benchmark] = {
    "miniature": Miniature(),
    "typed": Typed(),
    **PUBLISHED,
    **{f"miniature-{name}": Mirror(published) for name, published in PUBLISHED.items()},
}
"""By the name that rows call them."""


def benchmark_of(records: Sequence[Record]) -> Benchmark:
    """The benchmark that the rows name; all must name the same one."""
    names = {record.metadata.get("benchmark", "typed") for record in records}
    return BENCHMARKS[names.pop()] if len(names) == 1 else BENCHMARKS["typed"]
