"""`make resume`: interrupt every stage at random moments, go on, and compare.

Each stage is carried out undisturbed, killed (SIGKILL) and stopped (SIGTERM), each as a process of
the engine's command line. What was interrupted goes on from its newest checkpoint, and must end
with the same bytes: checkpoint, export, metrics, samples, audits and scores. Options that keep
something from step to step are on.
"""

from __future__ import annotations

import argparse
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from rich.table import Table

from bench.console import console
from bench.record import record
from prism_engine.benchmarks.responses import ResponseRow, read_rows
from prism_engine.contract.events import (
    Audited,
    BenchmarkScored,
    CheckpointSaved,
    Event,
    SamplesDrawn,
    StepFinished,
    read_events,
)
from prism_engine.contract.manifest import MANIFEST
from prism_engine.contract.metrics import METRICS
from tests.engine.stages.toy import CURATED, PUBLIC, write_toy_data
from tests.engine.tiny import save_tiny_model

STEPS = 12
STAGES = ("sft", "warmup", "align", "rlvr", "evaluate")
SIGNALS = {"killed": signal.SIGKILL, "stopped": signal.SIGTERM}
TRIES = 5


@dataclass(frozen=True)
class Round:
    """What became of one interrupted run. `step` is that of the checkpoint it went on from."""

    stage: str
    interruption: str
    step: int
    differences: list[str]


def main() -> None:
    """Interrupt every stage, print the table and write the figures."""
    parser = argparse.ArgumentParser(prog="python -m bench.resume")
    parser.add_argument("--seed", type=int, default=0, help="of the moments of interruption")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="prism-resume-") as folder:
        # Moments of interruption are no secrets.
        rounds = list(play(Path(folder), random.Random(arguments.seed)))  # noqa: S311 (nothing secret)
    console.print(table(rounds))
    identical = not any(one.differences for one in rounds)
    record("resume", {"stages": list(STAGES), "identical": identical})
    sys.exit(not identical)


def play(folder: Path, moments: random.Random) -> Iterator[Round]:
    """Carry everything out undisturbed, then interrupt each stage in every way."""
    recipe = write_recipe(folder)
    whole = folder / "whole"
    for name in ("start", *STAGES):
        assert start(recipe, whole, name).wait() == 0, f"{name} failed undisturbed"
    for stage in STAGES:
        for interruption, number in SIGNALS.items():
            out = folder / f"{stage}-{interruption}"
            step = interrupt(recipe, whole, out, stage, number, moments)
            checkpoint = out / stage / "checkpoints" / f"step-{step:06d}"
            assert start(recipe, out, stage, "--resume", str(checkpoint)).wait() == 0
            yield Round(stage, interruption, step, list(differences(whole / stage, out / stage)))


def interrupt(
    recipe: Path, whole: Path, out: Path, stage: str, number: int, moments: random.Random
) -> int:
    """Start a run beside its finished parents and end it; returns the step that it had saved.

    Raises:
        AssertionError: it was done every time.
    """
    left = seconds_after_first_checkpoint(whole / stage)
    for attempt in range(TRIES):
        folder = out.with_name(f"{out.name}-{attempt}")
        folder.mkdir()
        for parent in ("start", *STAGES):
            if parent != stage:
                (folder / parent).symlink_to(whole / parent)
        process = start(recipe, folder, stage)
        while process.poll() is None and not saved_steps(folder / stage):
            time.sleep(0.01)
        time.sleep(moments.uniform(0, left))
        process.send_signal(number)
        ended_itself = process.wait() == 0
        newest = saved_steps(folder / stage)[-1]
        # One that had saved its last step would have nothing to go on with.
        if not ended_itself and newest < saved_steps(whole / stage)[-1]:
            folder.rename(out)
            return newest
        left /= 2
    raise AssertionError(f"{stage} was done before it could be interrupted, {TRIES} times")


def start(recipe: Path, out: Path, name: str, *arguments: str) -> subprocess.Popen[bytes]:
    """The engine as a process of its own."""
    command = [
        sys.executable, "-m", "prism_engine", "run", str(recipe), "--out", str(out),
        "--only", name, *arguments,
    ]  # fmt: skip
    quiet = subprocess.DEVNULL
    return subprocess.Popen(command, stderr=quiet, env=os.environ | {"OMP_NUM_THREADS": "1"})


def saved_steps(run: Path) -> list[int]:
    """Steps of the complete checkpoints that there are."""
    found = (run / "checkpoints").glob(f"step-*/{MANIFEST}")
    return sorted(
        int(path.parent.name.removeprefix("step-")) for path in found if not path.parent.suffix
    )


def seconds_after_first_checkpoint(run: Path) -> float:
    """How long (s) the run went on when it could first be resumed."""
    events = list(read_events(run / "events.jsonl"))
    first = next(event for event in events if isinstance(event, CheckpointSaved))
    return (events[-1].at - first.at).total_seconds()


def differences(whole: Path, resumed: Path) -> Iterator[str]:
    """What is not the same in two runs of one stage, timings apart."""
    expected, found = by_step(whole), by_step(resumed)
    for key in sorted(expected.keys() | found.keys()):
        if found.get(key, []) != expected.get(key, []):
            yield f"{key[0]} of step {key[1]}"
    if responses(whole) != responses(resumed):
        yield "responses.jsonl"
    last = f"checkpoints/step-{saved_steps(whole)[-1]:06d}"
    for folder in (last, "export"):
        files = {
            path.relative_to(root)
            for root in (whole, resumed)
            for path in (root / folder).rglob("*")
            if path.is_file()
        }
        for file in sorted(files):
            if read(whole / file) != read(resumed / file):
                yield str(file)


def by_step(run: Path) -> dict[tuple[str, int], list[Any]]:
    """What was said of every step, each thing once.

    Steps that were taken again say the same again, or are told apart here.
    """
    said: dict[tuple[str, int], list[Any]] = {}
    for event in read_events(run / "events.jsonl"):
        if isinstance(event, StepFinished | SamplesDrawn | Audited | BenchmarkScored):
            things = said.setdefault((event.type, event.step), [])
            if (content := without_times(event)) not in things:
                things.append(content)
    return said


def responses(run: Path) -> list[ResponseRow]:
    """Every response of an evaluation, those of other stages being among their samples."""
    path = run / "responses.jsonl"
    return read_rows(path) if path.exists() else []


def without_times(event: Event) -> dict[str, Any]:
    """What an event says, but for when it was said and how long things took."""
    content = event.model_dump(mode="json", exclude={"seq", "at"})
    if isinstance(event, StepFinished):
        content["metrics"] = {
            name: value for name, value in event.metrics.items() if not METRICS[name].timing
        }
    return content


def read(path: Path) -> bytes | None:
    """Bytes of a file, None if there is none."""
    return path.read_bytes() if path.exists() else None


def write_recipe(folder: Path) -> Path:
    """The toy game from a tiny model; the runs keep something in every way there is."""
    model = str(save_tiny_model(folder / "model"))
    public = str(write_toy_data(folder / "public", PUBLIC))
    curated = str(write_toy_data(folder / "curated", [CURATED], pictures=8))
    lasting = {"steps": STEPS, "checkpoint_every": 3, "samples_every": 4}
    group = {
        **lasting, "data": curated, "prompts_per_step": 4, "rollouts_per_prompt": 4,
        "sampling": {"max_new_tokens": 80},
    }  # fmt: skip
    game = {
        "game": {
            "optimizer": {"learning_rate": 3e-3, "schedule": "cosine"}, "replay_share": 0.5,
            "replay_size": 20, "updates_per_step": 2,
        },
        "audit": {"every": 4, "prompts": 4},
    }  # fmt: skip
    runs = {
        "start": {
            "kind": "sft", "policy": {"model": model}, "data": public, "steps": 100,
            "batch_size": 12, "optimizer": {"learning_rate": 1e-2, "schedule": "cosine"},
        },
        "sft": {
            **lasting, "kind": "sft", "policy": {"run": "start"}, "data": public, "batch_size": 4,
            "mixed_with": {curated: 0.5}, "items": 20, "packing": True, "group_by_length": True,
            "tuning": {"lora": {"rank": 4, "dropout": 0.1}, "gradient_checkpointing": True},
            "optimizer": {"learning_rate": 1e-3, "schedule": "cosine", "warmup_steps": 5},
            "best_by": "loss", "checkpoints_kept": 1,
        },
        "warmup": {**group, **game, "kind": "warmup", "policy": {"run": "start"}},
        "align": {
            **group, **game, "kind": "align", "policy": {"run": "start"},
            "discriminator": {"run": "warmup"}, "kl_coefficient": 0.01,
            "optimizer": {"learning_rate": 4e-4, "schedule": "cosine"},
            "algorithm": {"kind": "grpo", "deviation_floor": 0.1},
        },
        "rlvr": {
            **group, "kind": "rlvr", "policy": {"run": "start"}, "iterations": 2,
            "mini_batches": 2, "optimizer": {"learning_rate": 4e-4},
            "algorithm": {"kind": "dapo"}, "pass_rate": {"samples": 4},
            "rewards": {"answer": 0.5, "format": 0.5},
        },
        "evaluate": {
            "kind": "evaluate", "policy": {"run": "start"}, "data": public, "batch_size": 3,
            "samples_per_item": 2, "checkpoint_every": 1, "sampling": {"max_new_tokens": 80},
        },
    }  # fmt: skip
    recipe = folder / "recipe.yaml"
    recipe.write_text(yaml.safe_dump({"name": "resume", "seed": 3, "runs": runs}))
    return recipe


def table(rounds: list[Round]) -> Table:
    """One row per interrupted run."""
    result = Table("Stage", "Was", "Went on after step", "Different from the undisturbed run")
    for one in rounds:
        result.add_row(
            one.stage, one.interruption, str(one.step), ", ".join(one.differences) or "nothing"
        )
    return result


if __name__ == "__main__":
    main()
