"""From what a worker sent to an event, or to the reason why it is none."""

from __future__ import annotations

import math
from typing import Any

from pydantic import ValidationError

from prism_engine.contract.events import (
    LONGEST_STRING,
    CheckpointStored,
    DevicesMeasured,
    Event,
    Exited,
    Log,
    Output,
    Source,
    StepFinished,
    event_adapter,
)
from prism_engine.contract.metrics import METRICS

LARGEST_STEP = 2**31 - 1
LONGEST_NAME = 80
DEEPEST = 64
"""Levels of an event's content: what is deeper could be read, but not written out again."""

OF_THE_WORKER = (Output, CheckpointStored, DevicesMeasured, Exited)


class UnreadableEvent(Exception):
    """An event that cannot be stored; the message says why."""


def read_event(raw: dict[str, Any], source: Source, seq: int) -> Event:
    """Validate an event of our own programs. Raises `UnreadableEvent`."""
    event = _read(raw, seq)
    if isinstance(event, OF_THE_WORKER) and source != "worker":
        raise UnreadableEvent(f"{event.type} is the worker's to tell")
    if isinstance(event, StepFinished):
        if undeclared := sorted(event.metrics.keys() - METRICS.keys()):
            raise UnreadableEvent(f"metric '{undeclared[0]}' is not declared")
        _check_numbers(event)
    return event


def read_imported(raw: dict[str, Any], source: Source, seq: int) -> Event:
    """Validate what another tracker recorded, under its own names. Raises `UnreadableEvent`."""
    event = _read(raw, seq)
    if not isinstance(event, StepFinished | Log):
        raise UnreadableEvent(f"{event.type} cannot be imported")
    if isinstance(event, StepFinished):
        for name in event.metrics:
            if not (0 < len(name) <= LONGEST_NAME and name.isprintable()):
                raise UnreadableEvent(
                    f"metric {name[:100]!r} has no name of 1 to {LONGEST_NAME} printable characters"
                )
        _check_numbers(event)
    return event


def _read(raw: dict[str, Any], seq: int) -> Event:
    # A step has no texts to cut, and its numbers are many: they are looked at all at once below.
    content = raw if raw.get("type") == "step_finished" else _storable(raw)
    try:
        event = event_adapter.validate_python(content | {"seq": seq})
    except ValidationError as error:
        detail = error.errors()[0]
        place = ".".join(str(part) for part in detail["loc"])
        raise UnreadableEvent(f"{place}: {detail['msg']}" if place else detail["msg"]) from error
    if getattr(event, "step", 0) > LARGEST_STEP:
        raise UnreadableEvent(f"step {getattr(event, 'step', 0)} is beyond {LARGEST_STEP}")
    return event


def _check_numbers(event: StepFinished) -> None:
    if not all(map(math.isfinite, event.metrics.values())):
        _storable({"metrics": event.metrics})


def _storable(value: Any, place: str = "", depth: int = 0) -> Any:
    """Drop what Postgres cannot hold in a string, and cut what no one will read to the end.

    Raises:
        UnreadableEvent: a number is none, or there is no end of groups in groups.
    """
    if depth > DEEPEST:
        raise UnreadableEvent(f"{place[1:100]}… goes deeper than {DEEPEST} levels")
    if isinstance(value, float) and not math.isfinite(value):
        raise UnreadableEvent(f"{place[1:]} is {value}: leave out what has no number")
    if isinstance(value, str):
        text = value.replace("\0", "").encode("utf-8", "ignore").decode("utf-8")
        return text if len(text) <= LONGEST_STRING else text[: LONGEST_STRING - 1] + "…"
    if isinstance(value, dict):
        return {
            _storable(key): _storable(item, f"{place}.{key}", depth + 1)
            for key, item in value.items()
        }
    if isinstance(value, list):
        return [_storable(item, f"{place}.{index}", depth + 1) for index, item in enumerate(value)]
    return value
