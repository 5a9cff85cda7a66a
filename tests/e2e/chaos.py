"""What must be true of a run however its processes died, and how long it took to go on."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from prism_client.resources import FINAL_STATES, Pipeline, Run
from prism_engine.contract.metrics import METRICS
from tests.e2e.stack import Stack
from tests.installation import Installation, eventually

PATIENCE = 300.0
Curves = dict[str, list[tuple[int, float]]]


@dataclass(frozen=True)
class Recovery:
    """How long (s) it took from a kill to the claim of the next attempt."""

    killed: str
    seconds: float
    resumed_from: int


def finished(installation: Installation, recipe: dict[str, object]) -> Pipeline:
    """Launch a pipeline and wait for its end."""
    with installation.client as client:
        pipeline = client.launch(recipe)
    return wait_for(installation, pipeline)


def wait_for(installation: Installation, pipeline: Pipeline) -> Pipeline:
    for run in pipeline.runs:
        installation.in_state(run.id, "succeeded", seconds=PATIENCE)
    with installation.client as client:
        return client.pipeline(pipeline.id)


def run_named(pipeline: Pipeline, name: str) -> Run:
    return next(run for run in pipeline.runs if run.name == name)


def curves(installation: Installation, run_id: str) -> Curves:
    """The overlaid curve of every metric that does not measure time."""
    with installation.client as client:
        series = client.metrics(run_id, points=10_000).series
    return {
        one.name: [(point[0], point[1]) for point in one.points]
        for one in series
        if not METRICS[one.name].timing
    }


def repeated_steps(installation: Installation, run_id: str) -> list[tuple[int, int]]:
    """Every (attempt, step) that the server holds more than once."""
    steps = installation.steps(run_id)
    return sorted({step for step in steps if steps.count(step) > 1})


def wait_for_step(installation: Installation, run_id: str, step: int) -> None:
    """Wait until the run has finished this step; fails at once if it ends before."""

    def look() -> bool:
        run = installation.run(run_id)
        reached = (run.step or 0) >= step
        assert reached or run.state not in FINAL_STATES, f"{run}\n{installation.logs()}"
        return reached

    eventually(look, PATIENCE)


def kill_engine(stack: Stack, run_id: str) -> Recovery:
    return _recovery(stack, run_id, "engine", stack.kill_engine_of(run_id))


def kill_worker(stack: Stack, run_id: str) -> Recovery:
    return _recovery(stack, run_id, "worker", stack.kill_worker_of(run_id))


def _recovery(stack: Stack, run_id: str, killed: str, at: datetime) -> Recovery:
    """Wait for the first attempt that was claimed after the kill."""
    with stack.installation.client as client:

        def next_attempt() -> Recovery | None:
            newest = client.attempts(run_id)[-1]
            if newest.claimed_at < at:
                return None
            seconds = (newest.claimed_at - at).total_seconds()
            return Recovery(killed, seconds, newest.resumed_from or 0)

        return eventually(next_attempt, PATIENCE)
