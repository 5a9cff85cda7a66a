"""Whether the sampler draws from the policy that learns, said once when that changes."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor

from prism_engine.batch import TrainingBatch
from prism_engine.contract.events import EventLog, Log
from prism_engine.policy.learner import PolicyLearner


class GapWatch:
    """A learner that raises an alert when the sampler's log-probabilities are too far from its own.

    Another order of computation gives a small gap. A large one means other weights, other prompts
    or another distribution; the loss looks well in all of these cases, and learns the wrong thing.

    Args:
        learner: measures the gap.
        events: where it is said.
        limit: largest gap, in nats, that nothing is said of.
    """

    def __init__(self, learner: PolicyLearner, events: EventLog, limit: float) -> None:
        self._learner = learner
        self._events = events
        self._limit = limit
        self._apart = False

    def update(self, batch: TrainingBatch, step: int) -> dict[str, float]:
        """Learn from the batch and say how that went."""
        measured = self._learner.update(batch, step)
        if "sampler_gap" in measured:
            self._see(step, measured["sampler_gap"])
        return measured

    def state(self) -> dict[str, Tensor]:
        """Whether it has been said, so that a resumed run does not say it twice."""
        return {"apart": torch.tensor(self._apart)}

    def load_state(self, state: Mapping[str, Tensor]) -> None:
        self._apart = bool(state["apart"])

    def _see(self, step: int, gap: float) -> None:
        apart = gap > self._limit
        if apart and not self._apart:
            message = (
                f"step {step}: the sampler's log-probabilities are {gap:.3g} nats from the "
                f"learner's, more than gap_alarm ({self._limit:g}); see whether both have the same "
                "weights, dtype and model folder, and set mismatch_correction where they do"
            )
            self._events.write(Log, level="warning", message=message, alert="mismatched")
        if self._apart and not apart:
            message = f"step {step}: the sampler is {gap:.3g} nats from the learner again"
            self._events.write(Log, level="info", message=message)
        self._apart = apart
