"""`make distributed`: the losses of two processes beside those of one, by strategy and stage.

Two processes on the CPU (gloo) carry out every stage under every strategy: fine-tuning live,
warm-up, alignment and RLVR on recorded rollouts. Half of the rows have no image and a third of the
rollouts are malformed, so that there are steps, ranks and passes with and without images and pairs.
Then one rank of each strategy is killed, and the run goes on from its checkpoint on another number
of ranks.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from rich.table import Table

from bench.console import console
from bench.record import record
from bench.resume import saved_steps
from prism_engine.contract.events import Failed, StepFinished, read_events
from tests.engine.stages.toy import CURATED, PUBLIC, write_toy_data
from tests.engine.tiny import save_tiny_model

STEPS = 20
MOST = 1e-4
RANKS = 2
STAGES = ("sft", "warmup", "align", "rlvr")
STRATEGIES: dict[str, dict[str, Any]] = {
    "ddp": {"kind": "ddp"},
    "zero2": {"kind": "deepspeed", "stage": 2},
    "zero3": {"kind": "deepspeed", "stage": 3},
    "fsdp2": {"kind": "fsdp2"},
}
LOSSES = {"sft": "loss", "warmup": "discriminator_loss", "align": "loss", "rlvr": "loss"}
WRONG = CURATED.replace("<answer>1<", "<answer>2<")
MALFORMED = "<caption>\n- a"
FROM_WARMUP = {"run": "warmup"}


@dataclass(frozen=True)
class World:
    """Data, a model and a discriminator that all runs start from."""

    model: str
    public: str
    curated: str

    @classmethod
    def write(cls, folder: Path) -> World:
        public = write_toy_data(folder / "public", PUBLIC)
        curated = write_toy_data(folder / "curated", [CURATED], pictures=12)
        _leave_out_images(public)
        _leave_out_images(curated)
        _record_rollouts(curated)
        return cls(str(save_tiny_model(folder / "model")), str(public), str(curated))

    def run(
        self, stage: str, steps: int, discriminator: dict[str, str] = FROM_WARMUP
    ) -> dict[str, Any]:
        """A run of a stage, with what could depend on how its work is shared out."""
        lasting = {"steps": steps, "checkpoint_every": 2, "samples_every": steps}
        learning = {"optimizer": {"learning_rate": 1e-2, "schedule": "cosine", "warmup_steps": 2}}
        small = {"tuning": {"tokens_per_pass": 256}}
        group = {
            **lasting, "policy": {"model": self.model}, "data": self.curated,
            "prompts_per_step": 4, "rollouts_per_prompt": 4, "sampling": {"max_new_tokens": 80},
        }  # fmt: skip
        # At ten times the rate differences of 1e-7 grow to 2e-4 within a warm-up in float32, and
        # those of 1e-16 to 3e-12 in float64: it is rounding that grows, whatever the strategy.
        game = {
            "game": {"optimizer": {"learning_rate": 1e-3}, "replay_share": 0.5},
            "audit": {"every": 5, "prompts": 2},
        }  # fmt: skip
        if stage == "sft":
            return {
                **lasting, **learning, **small, "kind": "sft", "policy": {"model": self.model},
                "data": self.public, "batch_size": 3,
            }  # fmt: skip
        if stage == "warmup":
            return {**group, **game, "kind": "warmup", "rollouts": "recorded"}
        if stage == "align":
            return {
                **group, **game, **learning, **small, "kind": "align", "kl_coefficient": 0.01,
                "discriminator": discriminator,
            }  # fmt: skip
        return {
            **group, **learning, **small, "kind": "rlvr", "iterations": 2, "mini_batches": 2,
            "algorithm": {"kind": "dapo"}, "rewards": {"answer": 0.5, "format": 0.5},
        }  # fmt: skip


def main() -> None:
    """Compare, kill, resume, and write the figures."""
    with tempfile.TemporaryDirectory(prefix="prism-distributed-") as folder:
        root = Path(folder)
        world = World.write(root)
        found = compare(world, root, STEPS, list(STRATEGIES), STAGES)
        survived = {name: survive(world, root, name) for name in STRATEGIES}
    console.print(table(found, survived))
    largest = max(max(stages.values()) for stages in found.values())
    resumed = max(one["difference"] for one in survived.values())
    slowest = max(one["seconds"] for one in survived.values())
    record(
        "distributed",
        {
            "ranks": RANKS, "steps": STEPS, "largest_difference": largest,
            "difference": found, "killed": survived,
        },
    )  # fmt: skip
    sys.exit(not (largest <= MOST and resumed <= MOST and slowest <= 60))


def compare(
    world: World, root: Path, steps: int, strategies: Sequence[str], stages: Sequence[str]
) -> dict[str, dict[str, float]]:
    """The largest difference of a loss to that of one process, by strategy and stage."""
    needed = [stage for stage in STAGES if stage in stages or stage == "warmup"]
    carry_out(root / "alone", {stage: world.run(stage, steps) for stage in needed})
    discriminator = {"model": str(root / "alone" / "warmup" / "export" / "discriminator")}
    together = {
        f"{stage}-{name}": world.run(stage, steps, discriminator)
        | {"distribution": STRATEGIES[name]}
        for name in strategies
        for stage in stages
    }
    carry_out(root / "together", together, RANKS)
    return {
        name: {
            stage: difference(root / "alone" / stage, root / "together" / f"{stage}-{name}", stage)
            for stage in stages
        }
        for name in strategies
    }


def survive(
    world: World, root: Path, name: str, ranks: int = RANKS + 1, steps: int = STEPS
) -> dict[str, Any]:
    """Kill one rank, see how the run ends, and go on from its checkpoint on so many ranks."""
    run = world.run("sft", steps) | {"distribution": {**STRATEGIES[name], "processes": RANKS}}
    out = root / f"killed-{name}"
    process = start(out, {"sft": run})
    while not saved_steps(out / "sft") and process.poll() is None:
        time.sleep(0.05)
    os.kill(pid_of(process.pid, rank=1), signal.SIGKILL)
    began = time.monotonic()
    code = process.wait()
    seconds = time.monotonic() - began
    failed = [e for e in read_events(out / "sft" / "events.jsonl") if isinstance(e, Failed)]
    step = saved_steps(out / "sft")[-1]
    checkpoint = str(out / "sft" / "checkpoints" / f"step-{step:06d}")
    run |= {"distribution": {**STRATEGIES[name], "processes": ranks}}
    resumed = start(out, {"sft": run}, "--only", "sft", "--resume", checkpoint).wait()
    assert resumed == 0, f"{name} was not resumed"
    return {
        "seconds": round(seconds, 1),
        "exit_code": code,
        "said": failed[-1].message,
        "resumed_at": step,
        "resumed_on": ranks,
        "difference": difference(root / "alone" / "sft", out / "sft", "sft"),
    }


def carry_out(out: Path, runs: dict[str, Any], ranks: int = 1) -> None:
    """Carry out runs in one process, or all of them in the same few, as torchrun would."""
    recipe = write_recipe(out, runs)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    places: list[dict[str, str]] = [
        {
            "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(port), "WORLD_SIZE": str(ranks),
            "RANK": str(rank), "LOCAL_RANK": str(rank),
        }
        for rank in range(ranks)
    ]  # fmt: skip
    processes = [
        subprocess.Popen(engine(recipe, out), env=os.environ | THREADS | place)
        for place in (places if ranks > 1 else [{}])
    ]
    codes = [process.wait() for process in processes]
    assert not any(codes), f"exit codes {codes}"


THREADS = {"OMP_NUM_THREADS": "1"}


def start(out: Path, runs: dict[str, Any], *arguments: str) -> subprocess.Popen[bytes]:
    """Carry out runs as a person would, in a session of its own."""
    command = engine(write_recipe(out, runs), out, *arguments)
    return subprocess.Popen(command, env=os.environ | THREADS, start_new_session=True)


def engine(recipe: Path, out: Path, *arguments: str) -> list[str]:
    """The command line that carries out a recipe."""
    return [
        sys.executable,
        "-m",
        "bench.recorded",
        "run",
        str(recipe),
        "--out",
        str(out),
        *arguments,
    ]


def write_recipe(out: Path, runs: dict[str, Any]) -> Path:
    """Write a recipe beside the runs."""
    out.mkdir(exist_ok=True)
    recipe = out / f"{'-'.join(runs)[:80]}.yaml"
    recipe.write_text(yaml.safe_dump({"name": "distributed", "seed": 3, "runs": runs}))
    return recipe


def difference(alone: Path, together: Path, stage: str) -> float:
    """The largest difference of a loss, every step of which was taken on both sides."""
    first, second = losses(alone, LOSSES[stage]), losses(together, LOSSES[stage])
    assert first.keys() == second.keys(), (alone, together)
    return max(abs(first[step] - second[step]) for step in first)


def losses(run: Path, name: str) -> dict[int, float]:
    """By step; of one that was taken again, the last."""
    return {
        event.step: event.metrics[name]
        for event in read_events(run / "events.jsonl")
        if isinstance(event, StepFinished) and name in event.metrics
    }


def pid_of(parent: int, rank: int) -> int:
    """The process of a rank among the children of its launcher."""
    for child in children(parent):
        if f"RANK={rank}".encode() in Path(f"/proc/{child}/environ").read_bytes().split(b"\0"):
            return child
    raise AssertionError(f"{parent} has no rank {rank}")


def children(parent: int) -> Iterator[int]:
    """The processes that a process has started."""
    for thread in Path(f"/proc/{parent}/task").iterdir():
        yield from map(int, (thread / "children").read_text().split())


def table(found: dict[str, dict[str, float]], survived: dict[str, dict[str, Any]]) -> Table:
    """One row per strategy."""
    result = Table("Strategy", *STAGES, "Rank killed: ended after", "and went on with")
    for name, stages in found.items():
        one = survived[name]
        result.add_row(
            name,
            *(f"{stages[stage]:.1e}" for stage in STAGES),
            f"{one['seconds']} s",
            f"{one['difference']:.1e}",
        )
    return result


def _leave_out_images(data: Path) -> None:
    """Take the image away from every other row."""
    rows = _rows(data)
    _write_rows(data, [row | ({"images": []} if n % 2 else {}) for n, row in enumerate(rows)])


def _record_rollouts(data: Path) -> None:
    """Rollouts of all sorts; those of every third row are malformed and make no pair."""
    sorts = [PUBLIC[0], WRONG, PUBLIC[3], MALFORMED]
    _write_rows(
        data,
        [
            row | {"rollouts": sorts if number % 3 else [MALFORMED] * len(sorts)}
            for number, row in enumerate(_rows(data))
        ],
    )


def _rows(data: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (data / "data.jsonl").read_text().splitlines()]


def _write_rows(data: Path, rows: list[dict[str, Any]]) -> None:
    (data / "data.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))


if __name__ == "__main__":
    main()
