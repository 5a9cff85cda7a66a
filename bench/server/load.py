"""The points that are written, known by step, so that what is read back can be compared."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

import numpy as np

from bench.server.rig import Rig, Wire
from prism_engine.contract.metrics import METRICS

NAMES = tuple(sorted(METRICS))[:30]
STEPS = 33
"""Steps of a request: with 30 metrics 990 points, as many as MLflow takes at once."""

PERIOD = 33 * 64
_VALUES = np.random.default_rng(7).normal(size=(PERIOD, len(NAMES)))


def value(step: int, name: str) -> float:
    """Return the number that is written for a step."""
    return float(_VALUES[step % PERIOD, NAMES.index(name)])


@cache
def _metrics(place: int) -> str:
    numbers = dict(zip(NAMES, _VALUES[place].tolist(), strict=True))
    return json.dumps(numbers, separators=(",", ":"))


def steps_body(first: int, last: int, seq: int, at: str = "2026-01-01T00:00:00Z") -> bytes:
    """Return steps as the worker posts them; `seq` is the first one's."""
    events = ",".join(
        f'{{"type":"step_finished","seq":{step - first + seq},"at":"{at}","step":{step},'
        f'"metrics":{_metrics(step % PERIOD)}}}'
        for step in range(first, last + 1)
    )
    return f'{{"source":"engine","events":[{events}]}}'.encode()


class Engine:
    """Sends the steps of one attempt."""

    def __init__(self, rig: Rig, slot: int = 0) -> None:
        self.claimed = rig.claim(slot)
        self.run_id: str = self.claimed["run_id"]
        self.pipeline_id: str = rig.admin.ask("GET", f"/api/v1/runs/{self.run_id}")["pipeline_id"]
        self.step = 0
        self.seq = 1
        self.wire = rig.worker
        self.path = f"/api/v1/worker/attempts/{self.claimed['attempt_id']}"

    def body(self, steps: int = STEPS, at: str = "2026-01-01T00:00:00Z") -> bytes:
        """Return the next steps, as the worker posts them."""
        first = self.step + 1
        self.step += steps
        self.seq += steps
        return steps_body(first, self.step, self.seq - steps + 1, at)

    def send(self, steps: int = STEPS) -> int:
        """Send the next steps; return how many points were stored."""
        answer = json.loads(self.wire.send("POST", f"{self.path}/events", self.body(steps)))
        assert answer["accepted"] == steps, answer
        return steps * len(NAMES)

    def end(self) -> None:
        """Say that the engine is through."""
        self.wire.ask("POST", f"{self.path}/exit", {"kind": "stopped", "message": ""})


class Peer:
    """Sends the same points to MLflow."""

    def __init__(self, wire: Wire, run_id: str) -> None:
        self.wire, self.run_id, self.step = wire, run_id, 0

    def send(self) -> int:
        """Send the next steps; return how many points were stored."""
        metrics = ",".join(
            f'{{"key":"{name}","value":{number!r},"timestamp":{step},"step":{step}}}'
            for step in range(self.step + 1, self.step + STEPS + 1)
            for name, number in zip(NAMES, _VALUES[step % PERIOD].tolist(), strict=True)
        )
        self.step += STEPS
        body = f'{{"run_id":"{self.run_id}","metrics":[{metrics}]}}'.encode()
        self.wire.send("POST", "/api/2.0/mlflow/runs/log-batch", body)
        return STEPS * len(NAMES)


def check(wire: Wire, engine: Engine) -> int:
    """Read every point back and compare; return how many there were.

    Raises:
        AssertionError: a point is missing, doubled or not as it was sent.
    """
    found = 0
    for first in range(1, engine.step + 1, 1000):
        last = min(first + 999, engine.step)
        query = f"?from={first}&to={last}&max_points=10000"
        answer = wire.ask("GET", f"/api/v1/runs/{engine.run_id}/metrics{query}")
        for series in answer["series"]:
            place = NAMES.index(series["name"])
            expected = [float(_VALUES[step % PERIOD, place]) for step in range(first, last + 1)]
            assert [point[0] for point in series["points"]] == list(range(first, last + 1))
            assert [point[1] for point in series["points"]] == expected, series["name"]
            found += len(expected)
    assert found == engine.step * len(NAMES), (found, engine.step)
    latest: dict[str, Any] = wire.ask("GET", f"/api/v1/runs/{engine.run_id}")["latest"]
    assert latest == {name: value(engine.step, name) for name in NAMES}
    return found
