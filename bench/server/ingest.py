"""How many points a second are stored, each request committed before its reply."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Any

from bench.console import console
from bench.server import mlflow
from bench.server.load import Engine, Peer, check
from bench.server.rig import KINDS, Kind, Rig, databases, serving, size_of
from bench.server.spread import spread
from server.database import Database
from server.metrics.compactor import lag
from server.signals import Signals

ROUNDS = 5
SECONDS = 60
PEER_SECONDS = 20
WARM_UP = 10


def measure(scale: float) -> dict[str, Any]:
    """Return ratios and rates on either database, and the bytes of a point."""
    seconds = max(0.5, SECONDS * scale)
    figures: dict[str, Any] = {}
    bytes_per_point: dict[str, float] = {}
    for kind in KINDS:
        ratio, rates, bytes_per_point[kind] = _on(kind, seconds, max(0.5, PEER_SECONDS * scale))
        figures |= {f"ingest_ratio_{kind}": ratio, f"ingest_{kind}": rates}
        console.print(figures)
    return figures | {
        "bytes_per_point": max(bytes_per_point.values()),
        "bytes_per_point_by_database": bytes_per_point,
    }


def _on(
    kind: Kind, seconds: float, peer_seconds: float
) -> tuple[dict[str, float], dict[str, Any], float]:
    with databases(kind) as new, serving(new("prism")) as rig:
        empty = size_of(rig.database_url)
        with mlflow.serving(new("mlflow")) as wire:
            engine, peer = Engine(rig), Peer(wire, mlflow.new_run(wire))
            for _ in range(WARM_UP):
                engine.send()
                peer.send()
            ours, theirs = [], []
            for _ in range(ROUNDS):
                ours.append(_rate(engine.send, seconds))
                # What is left to fold is no burden of MLflow's.
                _wait_for_compaction(rig)
                theirs.append(_rate(peer.send, peer_seconds))
        points = check(rig.admin, engine)
        engine.end()
        _wait_for_compaction(rig)
        check(rig.admin, engine)
        bytes_per_point = round((size_of(rig.database_url) - empty) / points, 2)
    ratios = [mine / its for mine, its in zip(ours, theirs, strict=True)]
    rates = {
        "points_per_second": spread(ours, 0),
        "mlflow_points_per_second": spread(theirs, 0),
        "points_checked": points,
    }
    return spread(ratios), rates, bytes_per_point


def _rate(send: Callable[[], int], seconds: float) -> float:
    """Send for so long; return the points stored per second."""
    began, points = time.perf_counter(), 0
    while time.perf_counter() - began < seconds:
        points += send()
    return points / (time.perf_counter() - began)


def _wait_for_compaction(rig: Rig, patience: float = 300) -> None:
    """Return once every step is folded that can be."""

    async def left() -> int:
        database = Database(rig.database_url, Signals())
        async with database.reading() as session:
            steps = await lag(session)
        await database.close()
        return steps

    deadline = time.monotonic() + patience
    while asyncio.run(left()):
        if time.monotonic() > deadline:
            raise RuntimeError("the compactor did not come to an end")
        time.sleep(0.5)
