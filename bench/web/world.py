"""What the pages are measured on, written into the database as the server itself would."""

from __future__ import annotations

import asyncio
import json
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
from sqlalchemy import insert

from bench.server.history import fill
from bench.server.load import NAMES, Engine
from bench.server.rig import Rig
from prism_engine.contract.events import Response, Sample, Section
from prism_engine.contract.metrics import METRICS
from server.database import Database
from server.metrics import chunks
from server.metrics.curves import points
from server.signals import Signals
from server.tables import StepSample

CURVES = NAMES[:20]
COMPARED = 20
SAMPLES_OF_STEP = 100
LOOSE = 100
LIVE_STEPS = 5000
"""What the run that goes on has behind it: its charts are as full as they get."""
LIVE_METRICS = tuple(METRICS)[:66]
PER_SECOND = 4.0


@dataclass(frozen=True)
class World:
    """A rig with runs to compare, a run with samples, and one that goes on."""

    rig: Rig
    runs: int
    steps: int
    compared: Sequence[str]
    """Runs with twenty long curves each."""
    sampled: tuple[str, str]
    """Pipeline and run."""
    live: Engine


def build(rig: Rig, runs: int, steps: int, samples: int) -> World:
    """Write everything; the history first, so that the newest runs are those with curves."""
    asyncio.run(fill(rig, runs))
    engines = [Engine(rig, slot) for slot in range(COMPARED)]
    compared = [engine.run_id for engine in engines]
    asyncio.run(_write_curves(rig.database_url, compared, CURVES, steps))
    for engine in engines:
        engine.step = steps
        engine.send(LOOSE)
        # A run that nobody wanted to stop would go back to the queue, and be claimed again below.
        engine.wire.ask("POST", f"{engine.path}/exit", {"kind": "succeeded", "message": ""})
    sampled, live = Engine(rig, COMPARED), Engine(rig, COMPARED + 1)
    asyncio.run(_write_samples(rig.database_url, sampled.run_id, samples))
    sampled.send(samples // SAMPLES_OF_STEP + 1)
    asyncio.run(_write_curves(rig.database_url, [live.run_id], LIVE_METRICS, LIVE_STEPS))
    live.step = LIVE_STEPS
    pipeline: str = rig.admin.ask("GET", f"/api/v1/runs/{sampled.run_id}")["pipeline_id"]
    return World(rig, runs, steps, compared, (pipeline, sampled.run_id), live)


async def _write_curves(url: str, run_ids: Sequence[str], names: Sequence[str], steps: int) -> None:
    database = Database(url, Signals())
    numbers = np.random.default_rng(5)
    at = np.arange(1, steps + 1)
    for run_id in run_ids:
        curves = {name: points(at, numbers.normal(size=steps).cumsum(), 1) for name in names}
        async with database.writing() as session:
            await chunks.fold(session, run_id, 1, curves)
    await database.close()


async def _write_samples(url: str, run_id: str, samples: int) -> None:
    database = Database(url, Signals())
    for first in range(0, samples, 1000):
        rows = [_sample(run_id, number) for number in range(first, min(first + 1000, samples))]
        async with database.writing() as session:
            await session.execute(insert(StepSample), rows)
    await database.close()


def _sample(run_id: str, number: int) -> dict[str, object]:
    step, place = divmod(number, SAMPLES_OF_STEP)
    sample = Sample(
        item=f"item-{place}",
        question="How many circles are red, and which of them touches the square?",
        gold="2",
        images=[],
        demonstration=_response(number, 1.0),
        rollouts=[_response(number + rollout, 0.1 * rollout) for rollout in range(4)],
    )
    return {
        "run_id": run_id, "position": step + 1, "number": place, "attempt": 1, "step": step + 1,
        "sample": sample.model_dump(mode="json"),
    }  # fmt: skip


def _response(number: int, score: float) -> Response:
    caption = "\n".join(f"- a circle at {number % (7 + row)}, {row}" for row in range(8))
    return Response(
        text="", valid=True, caption=Section(text=caption, score=score),
        reasoning=Section(text="Count the red ones. " * 12, score=-score), answer=str(number % 4),
        tokens=180, correct=number % 4 == 2, rewards={"answer": float(number % 4 == 2)},
        advantage=score - 0.2,
    )  # fmt: skip


@contextmanager
def going_on(engine: Engine) -> Iterator[None]:
    """Have the run finish four steps a second, each with all of its metrics."""
    ended = threading.Event()
    thread = threading.Thread(target=_send_steps, args=(engine, ended), daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


def _send_steps(engine: Engine, ended: threading.Event) -> None:
    numbers, due = np.random.default_rng(6), time.monotonic()
    while not ended.is_set():
        engine.step += 1
        engine.seq += 1
        measured = numbers.normal(size=len(LIVE_METRICS)).tolist()
        values = dict(zip(LIVE_METRICS, measured, strict=True))
        event = {
            "type": "step_finished", "seq": engine.seq, "at": "2026-01-01T00:00:00Z",
            "step": engine.step, "metrics": values,
        }  # fmt: skip
        body = json.dumps({"source": "engine", "events": [event]}).encode()
        engine.wire.send("POST", f"{engine.path}/events", body)
        due += 1 / PER_SECOND
        ended.wait(max(0.0, due - time.monotonic()))
