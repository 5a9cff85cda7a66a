"""Algorithms: how rewards become an update of the policy.

To add one, write its file with a class that has the methods of `algorithm.Algorithm`, add its
settings to the union `Algorithm` in `contract/config.py`, and name it here.
"""

from __future__ import annotations

from prism_engine.algorithms.grpo import Grpo

ALGORITHMS = {"grpo": Grpo}
