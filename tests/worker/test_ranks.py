"""Runs in several processes through the API, with a real worker and the real engine."""

from __future__ import annotations

import json
import os
import signal
import sys
from typing import Any

import pytest

from tests.engine.stages.toy import PUBLIC, write_toy_data
from tests.engine.tiny import save_tiny_model
from tests.installation import Installation, eventually

ENGINE = (sys.executable, "-m", "prism_engine")
LONG = 5_000


@pytest.fixture
def toy(installation: Installation) -> Installation:
    """A data set and a model that can be learned with, registered."""
    data = installation.home / "data"
    if not (data / "toy").exists():
        write_toy_data(data / "toy", PUBLIC)
        save_tiny_model(data / "toy-model")
        with installation.client as client:
            client.register_dataset("toy", "toy")
            client.register_model("toy", "toy-model")
    return installation


def sft(steps: int, **settings: Any) -> dict[str, Any]:
    return {
        "kind": "sft", "policy": {"model": "toy"}, "data": "toy", "steps": steps, "batch_size": 4,
        "checkpoint_every": 2, "samples_every": 2, **settings,
    }  # fmt: skip


def test_a_pipeline_under_zero_2_in_two_processes(toy: Installation) -> None:
    toy.start_worker(program=ENGINE)
    zero2 = {"kind": "deepspeed", "stage": 2, "processes": 2}
    (run,) = toy.launch(sft=sft(4, distribution=zero2)).runs
    toy.in_state(run.id, "succeeded")
    assert [step for _, step in toy.steps(run.id)] == [1, 2, 3, 4]
    printed = [
        line
        for stored in toy.events(run.id, "worker")
        if stored.event["type"] == "output"
        for line in stored.event["lines"]
    ]
    assert any(line.startswith("rank 1: ") for line in printed)
    with toy.client as client:
        exported = [one for one in client.checkpoints(run.id) if one.kind == "exported"]
    assert [one.role for one in exported] == ["policy"]


OVER_TWO = {"resources": {"nodes": 2}, "distribution": {"kind": "ddp", "processes": 1}}


def start_two_workers(toy: Installation) -> None:
    """Each with one slot, so that a run over two nodes needs both."""
    for name in ("one", "two"):
        toy.start_worker(name=name, program=ENGINE, options=("--address", "127.0.0.1"))


def test_two_workers_run_one_job_to_its_last_step(toy: Installation) -> None:
    start_two_workers(toy)
    (run,) = toy.launch(sft=sft(4, **OVER_TWO)).runs
    toy.in_state(run.id, "succeeded")
    assert toy.steps(run.id) == [(1, step) for step in (1, 2, 3, 4)]
    with toy.client as client:
        (attempt,) = client.attempts(run.id)
        saved = [(one.kind, one.step) for one in client.checkpoints(run.id) if one.durable_at]
    assert attempt.exit is None
    # The one of step 2 is passed over if that of step 4 is there before it is taken up.
    assert {("exported", 4), ("resumable", 4)} <= set(saved)
    engines = [toy.home / "runs" / run.id / folder / "process.json" for folder in ("1", "1-node1")]
    first, second = (json.loads(engine.read_text())["pid"] for engine in engines)
    assert first != second


def test_two_workers_run_one_job_and_the_loss_of_a_member_ends_the_attempt(
    toy: Installation,
) -> None:
    start_two_workers(toy)
    (run,) = toy.launch(sft=sft(LONG, **OVER_TWO)).runs
    with toy.client as client:
        # What is not in the store when the member is lost cannot be resumed from.
        eventually(lambda: any(one.durable_at for one in client.checkpoints(run.id)))
    member = toy.home / "runs" / run.id / "1-node1" / "process.json"
    os.killpg(json.loads(member.read_text())["pid"], signal.SIGKILL)
    eventually(lambda: toy.run(run.id).attempt == 2)
    with toy.client as client:
        first = client.attempts(run.id)[0]
    assert first.exit is not None
    assert first.exit.kind == "infrastructure"
    with toy.client as client:
        eventually(lambda: client.attempts(run.id)[1].resumed_from)
        client.order(run.id, "stop")
    toy.in_state(run.id, "stopped")
