"""Held-out items, and what a policy's responses to them are worth.

A benchmark says how the rows of a data set are graded. Rows say in their metadata which one they
belong to (`"benchmark": "miniature"`); rows that do not say so are graded by the type of their
answer. To add one, write its file and a line below. `evaluate.py` draws responses and sums up,
`structure.py` counts what is in a response, `statistics.py` gives every number its interval.
"""

from collections.abc import Sequence

from prism_engine.benchmarks.benchmark import Benchmark
from prism_engine.benchmarks.miniature import Miniature
from prism_engine.benchmarks.typed import Typed
from prism_engine.data.records import Record

BENCHMARKS: dict[str, Benchmark] = {"miniature": Miniature(), "typed": Typed()}


def benchmark_of(records: Sequence[Record]) -> Benchmark:
    """The benchmark that the rows name; all must name the same one."""
    names = {record.metadata.get("benchmark", "typed") for record in records}
    return BENCHMARKS[names.pop()] if len(names) == 1 else BENCHMARKS["typed"]
