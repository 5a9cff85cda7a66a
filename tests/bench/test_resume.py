"""What makes two runs different, whatever else is alike in them."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from bench.resume import differences
from prism_engine.benchmarks.responses import ResponseLog, ResponseRow
from prism_engine.contract.events import (
    BenchmarkScored,
    EventLog,
    Response,
    Sample,
    SamplesDrawn,
    Started,
)
from prism_engine.contract.manifest import write_manifest

CHECKPOINT = Path("checkpoints") / "step-000002"
EXPORT = Path("export") / "policy"


def sample(text: str) -> Sample:
    rollout = Response(text=text, valid=False, tokens=1)
    return Sample(item="a", question="what", images=[], rollouts=[rollout])


def step(run: Path, number: int, loss: float, *, seconds: float = 1.0) -> None:
    with EventLog(run / "events.jsonl") as events:
        events.step_finished(number, {"loss": loss, "step_seconds": seconds})


def draw(run: Path, number: int, text: str) -> None:
    with EventLog(run / "events.jsonl") as events:
        events.write(SamplesDrawn, step=number, samples=[sample(text)])


def score(run: Path, majority: float) -> None:
    with EventLog(run / "events.jsonl") as events:
        events.write(
            BenchmarkScored,
            step=2, benchmark="b", arm="a", scores={}, supervision={}, majority=majority,
        )  # fmt: skip


def respond(run: Path, text: str) -> None:
    row = ResponseRow(
        benchmark="b", item="a", sample=0, prompt="p", response=text, tokens=1, malformed=None,
        answer=None, verdict=None, scorer="s", temperature=0, seed=0,
    )  # fmt: skip
    ResponseLog(run / "responses.jsonl").write([row])


@pytest.fixture
def whole(tmp_path: Path) -> Path:
    run = tmp_path / "whole"
    for folder in (CHECKPOINT, EXPORT):
        (run / folder).mkdir(parents=True)
        (run / folder / "weights").write_bytes(b"123")
        write_manifest(run / folder)
    step(run, 1, 0.5)
    step(run, 2, 0.25)
    draw(run, 2, "b")
    score(run, 0.5)
    respond(run, "b")
    return run


def test_what_an_interruption_leaves_behind_is_no_difference(whole: Path, tmp_path: Path) -> None:
    """Times, a second start, a step that was taken twice and checkpoints on the way."""
    resumed = tmp_path / "resumed"
    shutil.copytree(whole, resumed)
    (resumed / "checkpoints" / "step-000001").mkdir()
    with EventLog(resumed / "events.jsonl") as events:
        events.write(Started, kind="sft", steps=2, first_step=2, versions={})
    step(resumed, 2, 0.25, seconds=7)
    respond(resumed, "b")

    assert list(differences(whole, resumed)) == []


@pytest.mark.parametrize(
    ("deed", "difference"),
    [
        (lambda run: step(run, 2, 0.25000000000000006), "step_finished of step 2"),
        (lambda run: step(run, 3, 0.1), "step_finished of step 3"),
        (lambda run: draw(run, 2, "c"), "samples_drawn of step 2"),
        (lambda run: score(run, 0.25), "benchmark_scored of step 2"),
        (lambda run: respond(run, "c"), "responses.jsonl"),
        (lambda run: (run / CHECKPOINT / "weights").write_bytes(b"124"), f"{CHECKPOINT}/weights"),
        (lambda run: (run / CHECKPOINT / "replay").write_bytes(b""), f"{CHECKPOINT}/replay"),
        (lambda run: (run / EXPORT / "weights").unlink(), f"{EXPORT}/weights"),
    ],
)
def test_a_difference_is_named(
    whole: Path, tmp_path: Path, deed: Callable[[Path], None], difference: str
) -> None:
    resumed = tmp_path / "resumed"
    shutil.copytree(whole, resumed)
    deed(resumed)

    assert list(differences(whole, resumed)) == [difference]
