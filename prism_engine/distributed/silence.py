"""The event log of a rank for which the first one speaks."""

from __future__ import annotations

from collections.abc import Mapping

from prism_engine.contract.events import EventBase, EventLog


class SilentLog(EventLog):
    """Takes events and keeps none."""

    def __init__(self) -> None:
        """There is no file."""

    def __exit__(self, *_: object) -> None:
        """Nothing is open."""

    def write(self, event: type[EventBase], **fields: object) -> None:
        """The first rank writes the same."""

    def step_finished(self, step: int, metrics: Mapping[str, float]) -> None:
        """The first rank writes the same."""
