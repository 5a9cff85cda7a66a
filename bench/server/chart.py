"""How long a chart takes by HTTP, of a hundred thousand points and of ten million.

MLflow is asked for the same windows of as many points, in as many points. Its release here samples
them within the database; one that did so in Python took several times as long.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from bench.console import console
from bench.server import mlflow
from bench.server.load import Engine
from bench.server.rig import KINDS, Kind, Rig, Wire, databases, serving
from bench.server.spread import spread
from server.database import Database
from server.metrics import chunks
from server.metrics.curves import points
from server.signals import Signals

ROUNDS = 5
WINDOWS = 20
BUCKETS = 1000
LOOSE = 2100
"""Steps that stand in the tail while the charts are drawn."""

FULL_RANGES = 5
BATCH = 200_000


def measure(scale: float) -> dict[str, Any]:
    """Return the medians on either database; the headline is the slower one's."""
    short, long = max(5000, int(100_000 * scale)), max(50_000, int(10_000_000 * scale))
    found = {kind: _on(kind, short, long) for kind in KINDS}
    console.print(found)
    slowest = max(found.values(), key=lambda figures: figures["chart_ms"]["median"])
    return {
        "chart_ms": slowest["chart_ms"],
        "chart_ratio": min((f["chart_ratio"] for f in found.values()), key=lambda f: f["median"]),
        "chart_10m_factor": max(
            (f["chart_10m_factor"] for f in found.values()), key=lambda f: f["median"]
        ),
        "chart_by_database": found,
        "chart_points": [short, long],
    }


def _on(kind: Kind, short: int, long: int) -> dict[str, Any]:
    with (
        databases(kind) as new,
        serving(new("prism")) as rig,
        mlflow.serving(new("mlflow")) as wire,
    ):
        chance = random.Random(1)  # noqa: S311 (nothing secret)
        small, large = (_written(rig, slot, steps) for slot, steps in enumerate((short, long)))
        peer = _peer(wire, short)
        admin = rig.admin
        _check(admin, _chart(small, 1, None), wire, _peer_chart(peer, 1))
        ours, theirs, whole, parts, floor = [], [], [], [], []
        for turn in range(ROUNDS):
            firsts = _firsts(short, turn)
            ours.append(_median(admin, [_chart(small, first, None) for first in firsts]))
            theirs.append(_median(wire, [_peer_chart(peer, first) for first in firsts]))
            whole.append(_median(admin, [_chart(large, 1 + i, None) for i in range(FULL_RANGES)]))
            parts.append(_median(admin, [_chart(large, *w) for w in _hundredths(long, chance)]))
            floor.append(_median(admin, [_chart(small, first, 0) for first in firsts]))
    worst = [max(both) for both in zip(whole, parts, strict=True)]
    return {
        "chart_ms": spread(ours),
        "mlflow_chart_ms": spread(theirs),
        "chart_10m_whole_ms": spread(whole),
        "chart_10m_hundredth_ms": spread(parts),
        "chart_of_nothing_ms": spread(floor),
        "chart_ratio": spread([its / mine for mine, its in zip(ours, theirs, strict=True)]),
        "chart_ratio_of_nothing": spread(
            [its / least for least, its in zip(floor, theirs, strict=True)]
        ),
        "chart_10m_factor": spread([m / mine for mine, m in zip(ours, worst, strict=True)]),
    }


def _written(rig: Rig, slot: int, steps: int) -> str:
    """Return a run of so many folded steps of one metric, with loose ones of all behind them."""
    engine = Engine(rig, slot)
    asyncio.run(_fold(rig.database_url, engine.run_id, steps))
    engine.step = steps
    for _ in range(LOOSE // 100):
        engine.send(100)
    return engine.run_id


async def _fold(url: str, run_id: str, steps: int) -> None:
    """Write points as the compactor does."""
    database = Database(url, Signals())
    numbers = np.random.default_rng(2)
    for first in range(1, steps + 1, BATCH):
        at = np.arange(first, min(first + BATCH, steps + 1))
        added = {"accuracy": points(at, numbers.normal(size=len(at)), 1)}
        async with database.writing() as session:
            await chunks.fold(session, run_id, 1, added)
    await database.close()


def _firsts(steps: int, turn: int) -> list[int]:
    """Where windows begin that reach to the newest step: all of nearly every point, no two alike.

    What a window leaves out would spare MLflow work, and us none.
    """
    return [1 + place * steps // 1000 + turn for place in range(WINDOWS)]


def _hundredths(steps: int, chance: random.Random) -> list[tuple[int, int]]:
    length = steps // 100
    starts = [chance.randrange(1, steps - length) for _ in range(WINDOWS)]
    return [(start, start + length) for start in starts]


def _chart(run_id: str, first: int, last: int | None) -> str:
    end = "" if last is None else f"&to={last}"
    query = f"names=accuracy&from={first}{end}&max_points={BUCKETS}"
    return f"/api/v1/runs/{run_id}/metrics?{query}"


def _peer(wire: Wire, steps: int) -> str:
    run_id = mlflow.new_run(wire)
    numbers = np.random.default_rng(2).normal(size=steps).tolist()
    for first in range(0, steps, 1000):
        metrics = [
            {"key": "accuracy", "value": value, "timestamp": step, "step": step}
            for step, value in enumerate(numbers[first : first + 1000], first + 1)
        ]
        body = {"run_id": run_id, "metrics": metrics}
        wire.ask("POST", "/api/2.0/mlflow/runs/log-batch", body)
    return run_id


def _peer_chart(run_id: str, first: int) -> str:
    query = f"run_ids={run_id}&metric_key=accuracy&max_results={BUCKETS}"
    path = "/ajax-api/2.0/mlflow/metrics/get-history-bulk-interval"
    return f"{path}?{query}&start_step={first}&end_step=2000000000"


def _check(ours: Wire, chart: str, theirs: Wire, peer_chart: str) -> None:
    """Make sure that both draw about as many points as they are asked for."""
    (series,) = ours.ask("GET", chart)["series"]
    metrics = theirs.ask("GET", peer_chart)["metrics"]
    drawn = len(series["points"]), len(metrics)
    assert all(0.8 * BUCKETS < points <= BUCKETS for points in drawn), drawn


def _median(wire: Wire, paths: Sequence[str]) -> float:
    """Ask for each once; return the median time in milliseconds."""
    return float(np.median([_timed(lambda path=path: wire.send("GET", path)) for path in paths]))


def _timed(ask: Callable[[], object]) -> float:
    began = time.perf_counter()
    ask()
    return (time.perf_counter() - began) * 1000
