"""Algorithms: how rewards become an update of the policy.

To add one, write its file with a class that has the methods of `algorithm.Algorithm`, add its
settings to the union `Algorithm` in `contract/algorithms.py`, and name it here.
"""

from __future__ import annotations

from prism_engine.algorithms.cispo import Cispo
from prism_engine.algorithms.dapo import Dapo
from prism_engine.algorithms.dr_grpo import DrGrpo
from prism_engine.algorithms.grpo import Grpo
from prism_engine.algorithms.gspo import Gspo
from prism_engine.algorithms.rloo import Rloo

ALGORITHMS = {
    "grpo": Grpo,
    "dapo": Dapo,
    "gspo": Gspo,
    "dr_grpo": DrGrpo,
    "cispo": Cispo,
    "rloo": Rloo,
}
