"""How long a page of runs takes among a hundred thousand, by a fixed mix of questions."""

from __future__ import annotations

import asyncio
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import urlencode

import numpy as np
from sqlalchemy import (
    BigInteger,
    Insert,
    cast,
    func,
    insert,
    literal,
    select,
    text,
    true,
    union_all,
)

from bench.console import console
from bench.server import mlflow
from bench.server.rig import KINDS, Kind, Rig, Wire, databases, serving
from bench.server.spread import percentile, spread
from prism_engine.contract.metrics import METRICS
from server.database import Database
from server.signals import Signals
from server.tables import MetricLatest, Pipeline, Project, Run, RunTag, RunWord

NAMES = (
    "accuracy",
    "reward",
    "loss",
    *(n for n in METRICS if n not in ("accuracy", "reward", "loss")),
)
METRICS_OF_RUN = NAMES[:50]
COLUMNS = ",".join(METRICS_OF_RUN[:12])
RUNS_OF_PIPELINE = 4
BATCH = 500
BY_VALUE = "ix_metric_latest_value"
PRIME = 1_000_003
PER_SECOND = 20
SECONDS = 60
PEER_RUNS = 2000
PEER_QUESTIONS = 20

MIX: dict[str, dict[str, str]] = {
    "newest": {},
    "tag": {"filter": "tag:paper"},
    "state": {"filter": "state = failed"},
    "state and kind": {"filter": "state = stopped and kind = rlvr"},
    "metric 0.1%": {"filter": "metrics.accuracy > 0.999"},
    "metric 10%": {"filter": "metrics.accuracy > 0.9"},
    "metric 90%": {"filter": "metrics.accuracy > 0.1"},
    "by metric": {"sort": "-metrics.reward"},
    "state by metric": {"sort": "metrics.loss", "filter": "state = succeeded"},
    "rare word": {"filter": "trial777"},
    "common word by metric": {"filter": "baseline", "sort": "-metrics.accuracy"},
    "or": {"filter": "state = stopped or metrics.accuracy > 0.9995 or tag:best"},
}


def measure(scale: float) -> dict[str, Any]:
    """Return percentiles over the mix on either database, and MLflow's beside them."""
    runs, peers = max(2000, int(100_000 * scale)), max(100, int(PEER_RUNS * scale))
    seconds = max(6.0, SECONDS * scale)
    found = {kind: _on(kind, runs, seconds) for kind in KINDS}
    console.print(found)
    return {
        "list_p95_ms": max(figures["p95_ms"] for figures in found.values()),
        "list_by_database": found,
        "list_runs": runs,
        "mlflow_search_ms": _peer(peers),
        "mlflow_search_runs": peers,
    }


def _on(kind: Kind, runs: int, seconds: float) -> dict[str, Any]:
    with databases(kind) as new, serving(new("prism")) as rig:
        asyncio.run(fill(rig, runs))
        _ask(rig, 3)
        times = _ask(rig, seconds)
    by_question = {name: round(percentile(times[name], 0.95), 1) for name in MIX}
    every = [one for of_name in times.values() for one in of_name]
    return {
        "p95_ms": round(percentile(every, 0.95), 1),
        "slowest_p95_ms": max(by_question.values()),
        "p95_ms_by_question": by_question,
        "requests": len(every),
    }


def _ask(rig: Rig, seconds: float) -> dict[str, list[float]]:
    """Ask at a steady pace, whether answers come or not; return the times from when it was due."""
    wires = threading.local()

    def one(place: int) -> tuple[str, float]:
        if not hasattr(wires, "admin"):
            wires.admin = rig.admin
        name = list(MIX)[place % len(MIX)]
        due = began + place / PER_SECOND
        time.sleep(max(0.0, due - time.perf_counter()))
        query = urlencode({"limit": 50, "metrics": COLUMNS} | MIX[name])
        wires.admin.send("GET", f"/api/v1/runs?{query}")
        return name, (time.perf_counter() - due) * 1000

    times: dict[str, list[float]] = {name: [] for name in MIX}
    with ThreadPoolExecutor(16) as pool:
        began = time.perf_counter() + 0.2
        for name, milliseconds in pool.map(one, range(int(seconds * PER_SECOND))):
            times[name].append(milliseconds)
    return times


async def fill(rig: Rig, runs: int) -> None:
    """Write ended runs with their last values, tags and words."""
    database = Database(rig.database_url, Signals())
    numbers = np.random.default_rng(3)
    by_value = next(index for index in MetricLatest.__table__.indexes if index.name == BY_VALUE)
    async with database.reading() as session:
        project_id = (await session.scalars(select(Project.id))).one()
    for first in range(0, runs, BATCH * RUNS_OF_PIPELINE):
        numbered = range(first, min(first + BATCH * RUNS_OF_PIPELINE, runs))
        pipelines = sorted({number // RUNS_OF_PIPELINE for number in numbered})
        async with database.writing() as session:
            await session.execute(
                insert(Pipeline), [_pipeline(number, project_id) for number in pipelines]
            )
            await session.execute(insert(Run), [_run(number, numbers) for number in numbered])
            tags = [
                {"run_id": _id(number), "tag": tag}
                for number in numbered
                for tag, every in (("paper", 100), ("best", 2000))
                if number % every == 0
            ]
            await session.execute(insert(RunTag), tags)
            words = [
                {"run_id": _id(number), "word": word}
                for number in numbered
                for word in (f"trial{number // RUNS_OF_PIPELINE}", "baseline", _kind(number))
            ]
            await session.execute(insert(RunWord), words)
    async with database.writing() as session:
        connection = await session.connection()
        # An index is made sooner of five million values than it is kept while they come.
        await connection.run_sync(by_value.drop)
        await connection.execute(_values())
        await connection.run_sync(by_value.create)
    async with database.writing() as session:
        # The next launch gets the number behind those that stand there.
        (await session.get_one(Project, project_id)).pipelines = runs // RUNS_OF_PIPELINE + 1
        # What both databases do by themselves after a while.
        await session.execute(text("ANALYZE"))
    await database.close()


def _id(number: int) -> str:
    return f"run_0{number:035d}"


def _kind(number: int) -> str:
    return ("sft", "warmup", "align", "rlvr")[number % RUNS_OF_PIPELINE]


def _pipeline(number: int, project_id: str) -> dict[str, Any]:
    return {
        "id": f"pip_0{number:035d}", "project_id": project_id, "number": number + 1,
        "name": f"trial{number}-baseline", "seed": number, "state": "succeeded", "recipe": {},
        "created_by": "bench",
    }  # fmt: skip


def _run(number: int, numbers: np.random.Generator) -> dict[str, Any]:
    chance = numbers.random()
    state = "failed" if chance < 0.1 else "stopped" if chance < 0.11 else "succeeded"
    config = {"kind": _kind(number), "data": "shapes", "steps": 100, "seed": number,
              "optimizer": {"kind": "adamw", "learning_rate": 1e-5}}  # fmt: skip
    return {
        "id": _id(number), "pipeline_id": f"pip_0{number // RUNS_OF_PIPELINE:035d}",
        "place": number % RUNS_OF_PIPELINE, "name": _kind(number), "kind": _kind(number),
        "config": config, "state": state, "retries_left": 3, "attempt": 1, "steps": 100,
        "step": 100,
    }  # fmt: skip


def _values() -> Insert:
    """Give every run a value of every metric: each metric's are spread evenly from 0 to 1."""
    named = (
        select(literal(name).label("name"), literal(place).label("place"))
        for place, name in enumerate(METRICS_OF_RUN)
    )
    names = union_all(*named).subquery()
    number = cast(func.substr(Run.id, len("run_") + 1), BigInteger)
    value = (number * 7919 + names.c.place * 104729) % PRIME / float(PRIME)
    rows = select(
        Run.id, names.c.name, literal(100), value, literal(0.0), literal(1.0), literal(100)
    )
    columns = ["run_id", "name", "step", "last", "minimum", "maximum", "count"]
    ordered = rows.join_from(Run, names, true()).order_by(Run.id, names.c.name)
    return insert(MetricLatest.__table__).from_select(columns, ordered)


def _peer(runs: int) -> dict[str, float]:
    """Return how long MLflow takes to find fifty among fewer runs."""
    numbers = np.random.default_rng(4)
    with databases("sqlite") as new, mlflow.serving(new("mlflow")) as wire:
        for number in range(runs):
            run_id = mlflow.new_run(wire, f"trial{number}")
            values = zip(METRICS_OF_RUN, numbers.random(len(METRICS_OF_RUN)).tolist(), strict=True)
            metrics = [
                {"key": name, "value": value, "timestamp": 1, "step": 100} for name, value in values
            ]
            body = {"run_id": run_id, "metrics": metrics}
            wire.ask("POST", "/api/2.0/mlflow/runs/log-batch", body)
        return spread([_peer_time(wire, 0.8 + place / 1000) for place in range(PEER_QUESTIONS)])


def _peer_time(wire: Wire, least: float) -> float:
    body = {
        "experiment_ids": ["0"],
        "filter": f"metrics.accuracy > {least}",
        "order_by": ["metrics.reward DESC"],
        "max_results": 50,
    }
    began = time.perf_counter()
    wire.ask("POST", "/api/2.0/mlflow/runs/search", body)
    return (time.perf_counter() - began) * 1000
