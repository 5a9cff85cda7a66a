"""A run as another tracker recorded it, and what could not be read."""

from __future__ import annotations

import json
import math
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256
from itertools import islice
from pathlib import Path
from typing import Any, Literal, NamedTuple

Tracker = Literal["tensorboard", "mlflow"]
State = Literal["succeeded", "failed", "cancelled", "stopped"]

LONGEST_NAME = 63
LARGEST_STEP = 2**31 - 1


class Quarantined(NamedTuple):
    """A file, or a part of one, that was left out."""

    path: Path
    reason: str


class Point(NamedTuple):
    """One value of one metric."""

    name: str
    step: int
    value: float
    at: datetime


@dataclass(frozen=True)
class RecordedRun:
    """What a tracker knows of a run. `remarks` say what of it could not be taken."""

    tracker: Tracker
    location: str
    pipeline: str
    run: str
    points: Sequence[Point]
    parameters: Mapping[str, Any] = field(default_factory=dict)
    tags: Sequence[str] = ()
    note: str = ""
    state: State = "succeeded"
    started_at: datetime | None = None
    finished_at: datetime | None = None
    remarks: Sequence[str] = ()

    @property
    def identity(self) -> str:
        """A key that the same content has again, so that importing it twice makes one run."""
        digest = sha256(repr((self.tracker, self.location, self.pipeline, self.run)).encode())
        for point in self.points:
            digest.update(repr(point).encode())
        return digest.hexdigest()

    @property
    def metrics(self) -> list[str]:
        return sorted({point.name for point in self.points})

    @property
    def last_step(self) -> int:
        return max((point.step for point in self.points), default=0)

    def events(self) -> Iterator[dict[str, Any]]:
        """Give the remarks, and then every step with all its numbers, as the server wants them.

        Of two values of a metric at one step the later one counts.
        """
        steps = defaultdict[int, dict[str, float]](dict)
        moments: dict[int, datetime] = {}
        for point in sorted(self.points, key=lambda point: point.at):
            steps[point.step][point.name] = point.value
            moments[point.step] = point.at
        beginning = self.started_at or min(moments.values(), default=datetime.now(UTC))
        for seq, remark in enumerate(self.remarks, start=1):
            yield {
                "type": "log", "seq": seq, "at": beginning.isoformat(),
                "level": "warning", "message": remark,
            }  # fmt: skip
        for seq, step in enumerate(sorted(steps), start=len(self.remarks) + 1):
            yield {
                "type": "step_finished", "seq": seq, "at": moments[step].isoformat(),
                "step": step, "metrics": steps[step],
            }  # fmt: skip


def batches(events: Iterator[dict[str, Any]], size: int) -> Iterator[list[dict[str, Any]]]:
    """Part events into requests."""
    while batch := list(islice(events, size)):
        yield batch


def usable(points: Sequence[Point]) -> tuple[list[Point], list[str]]:
    """Return the points that can be kept, and a remark for each reason why others cannot."""
    kept: list[Point] = []
    lost = defaultdict[str, int](int)
    for point in points:
        if not math.isfinite(point.value):
            lost[f"of {point.name} are not finite"] += 1
        elif not 0 <= point.step <= LARGEST_STEP:
            lost[f"of {point.name} stand at steps outside 0 to {LARGEST_STEP}"] += 1
        elif not (0 < len(point.name) <= 80 and point.name.isprintable()):
            lost[f"of {point.name[:100]!r}: a name has 1 to 80 printable characters"] += 1
        else:
            kept.append(point)
    return kept, [f"left out {count} values {reason}" for reason, count in lost.items()]


def short(name: str) -> str:
    """Keep the end of a name that is too long: there paths differ."""
    printable = "".join(letter if letter.isprintable() else " " for letter in name).strip()
    return printable if len(printable) <= LONGEST_NAME else f"…{printable[1 - LONGEST_NAME :]}"


def read_value(text: str) -> Any:
    """Return a parameter's number or truth value, by which runs can be found; else the text."""
    lowered = {"True": "true", "False": "false"}.get(text, text)
    try:
        value = json.loads(lowered)
    except ValueError:
        return text
    if isinstance(value, bool | int):
        return value
    return value if isinstance(value, float) and math.isfinite(value) else text
