"""`python -m bench.recorded run …`: the engine, whose rollouts are those that the rows hold.

A sampled token may be another one for a rounding of 1e-7, and every later number with it. Two ways
to compute the same losses can be compared only on the same rollouts.
"""

from __future__ import annotations

import sys

from prism_engine import __main__
from prism_engine.build import training
from prism_engine.stages.recorded import RecordedCollector
from prism_engine.stages.rollouts import RolloutCollector


class Recorded(RecordedCollector):
    """Reads rollouts, for stages that gather groups of several draws as well."""

    gather = RolloutCollector.gather


def main() -> int:
    """Carry out one command of the engine."""
    training._collector = lambda settings, workplace, data, policy: Recorded(
        settings, data, policy.processor, workplace.randomness
    )
    return __main__.main()


if __name__ == "__main__":
    sys.exit(main())
