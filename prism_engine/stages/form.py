"""Whether the policy keeps to the form, said once when that changes."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor

from prism_engine.contract.events import EventLog, Log

LEAST_VALID = 0.5


class FormWatch:
    """Reports when fewer than half of a step's rollouts are well-formed, and when that is over.

    Malformed rollouts take part in no pair of a game and have no answer that could be right, so
    that every other number goes on looking as it should while less and less stands behind it.

    Args:
        events: where it is said.
        weight: the setting by which the form counts for more.
    """

    def __init__(self, events: EventLog, weight: str) -> None:
        self._events = events
        self._weight = weight
        self._broken = False

    def see(self, step: int, valid_share: float) -> None:
        broken = valid_share < LEAST_VALID
        if broken and not self._broken:
            message = (
                f"step {step}: only {valid_share:.0%} of the rollouts have the caption, think, "
                f"answer form; lower the policy's learning rate, or raise kl_coefficient or "
                f"{self._weight}"
            )
            self._events.write(Log, level="warning", message=message)
        if self._broken and not broken:
            message = f"step {step}: {valid_share:.0%} of the rollouts have the form again"
            self._events.write(Log, level="info", message=message)
        self._broken = broken

    def state(self) -> dict[str, Tensor]:
        """Whether it has been said, so that a resumed run does not say it twice."""
        return {"broken": torch.tensor(self._broken)}

    def load_state(self, state: Mapping[str, Tensor]) -> None:
        self._broken = bool(state["broken"])
