"""What is wanted of an attempt, gathered from every answer of the server."""

from __future__ import annotations

from typing import Literal

from prism_client.worker_client import DesiredState, Orders

Reason = Literal["superseded", "cancel", "stop", "shutdown"]


class StandingOrders:
    """The last word on whether an attempt goes on, and why it does not.

    The strongest reason wins: once another attempt has taken over, nothing else matters; what the
    user wants comes before the worker's own shutdown.
    """

    def __init__(self) -> None:
        self._desired: DesiredState = "run"
        self._superseded = False
        self._shutdown = False
        self.forgotten = False
        """The server does not know the attempt at all, so that nobody waits for its events."""

    def hear(self, orders: Orders) -> None:
        self._desired = orders.desired_state
        self._superseded |= orders.superseded

    def forget(self) -> None:
        """There is no such attempt on the server any more."""
        self.forgotten = self._superseded = True

    def shut_down(self) -> None:
        """The worker itself is about to end."""
        self._shutdown = True

    @property
    def superseded(self) -> bool:
        return self._superseded

    @property
    def reason_to_end(self) -> Reason | None:
        if self._superseded:
            return "superseded"
        if self._desired != "run":
            return self._desired
        return "shutdown" if self._shutdown else None
