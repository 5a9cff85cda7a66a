"""How much of a device's rate of matrix products an update uses."""

from __future__ import annotations

import statistics
import time

import torch

from prism_engine.batch import TrainingBatch
from prism_engine.policy.learner import PolicyLearner
from prism_engine.policy.operations import update_operations
from prism_engine.policy.policy import Policy

SIDE, PRODUCTS = 8192, 12
"""Of the matrices whose products are timed, and how many of them; the first few warm up."""


class UtilisationMeter:
    """A learner that says what share of the possible operations its updates needed.

    Args:
        learner: whose updates are timed.
        policy: what it teaches.
        rate: operations per second that all devices of the run could do.
        iterations: times that each batch is learned from.
    """

    def __init__(
        self, learner: PolicyLearner, policy: Policy, rate: float, iterations: int = 1
    ) -> None:
        self._learner = learner
        self._policy = policy
        self._rate = rate
        self._iterations = iterations

    def update(self, batch: TrainingBatch, step: int) -> dict[str, float]:
        """Learn from the batch and say how that went."""
        began = time.perf_counter()
        measured = self._learner.update(batch, step)
        possible = self._rate * (time.perf_counter() - began)
        if not measured["updates"]:
            return measured
        needed = update_operations(self._policy, batch) * self._iterations
        return {**measured, "update_utilisation": needed / possible}


def matrix_rate(device: torch.device, dtype: torch.dtype) -> float:
    """Operations per second of a large product of matrices on a GPU."""
    left, right = (torch.randn(SIDE, SIDE, device=device, dtype=dtype) for _ in "ab")
    seconds = []
    for _ in range(PRODUCTS):
        began = time.perf_counter()
        left @ right
        torch.cuda.synchronize(device)
        seconds.append(time.perf_counter() - began)
    return 2 * SIDE**3 / statistics.median(seconds[PRODUCTS // 3 :])
