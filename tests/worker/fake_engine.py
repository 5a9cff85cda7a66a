"""Stands in for `python -m prism_engine`: writes the same events, trains nothing.

`fake_engine.py [options] run RECIPE --out DIR --threads N [--resume CHECKPOINT]`. Its metrics are
functions of the step, so that a resumed run can be compared with an undisturbed one.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import signal
import struct
import sys
import threading
import time
import zlib
from pathlib import Path

import yaml

from prism_engine.contract.environment import Code, Environment, Patch
from prism_engine.contract.events import (
    BenchmarkScored,
    CheckpointSaved,
    EnvironmentRecorded,
    Estimate,
    EventLog,
    Failed,
    Finished,
    Log,
    Response,
    Sample,
    SamplesDrawn,
    Section,
    Started,
)
from prism_engine.contract.manifest import write_manifest
from prism_engine.interruption import Interruption

interruption = Interruption()

EXPORTED = {"warmup": ("discriminator",), "align": ("policy", "discriminator")}
"""The roles that a kind of run ends with, where it is not the policy alone."""


def main() -> int:
    options = parse()
    if options.deaf:
        die_with_parent()
    else:
        interruption.listen()
    pipeline = yaml.safe_load(options.recipe.read_text())
    ((name, run),) = pipeline["runs"].items()
    folder = options.out / name
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "seen.json").write_text(json.dumps({"env": dict(os.environ), "recipe": pipeline}))
    print(f"training {name}", flush=True)
    print("a line on stderr", file=sys.stderr, flush=True)
    with EventLog(folder / "events.jsonl") as events:
        if options.keys:
            blurt_out(options.keys.read_text(), events)
        return train(run, folder, events, options)


def train(run: dict, folder: Path, events: EventLog, options: argparse.Namespace) -> int:
    first = int((options.resume / "state.json").read_text()) + 1 if options.resume else 1
    steps = run.get("steps", 0)
    record_environment(run, options, events)
    events.write(Started, kind=run["kind"], steps=steps, first_step=first, versions={})
    for step in range(first, steps + 1):
        time.sleep(options.step_seconds)
        events.step_finished(step, metrics(run["kind"], step))
        if step == options.at_step and (status := misbehave(options, folder, events)) is not None:
            return status
        if step % run["samples_every"] == 0:
            draw_samples(step, folder, events)
        stop = interruption.requested
        if stop or step % run["checkpoint_every"] == 0:
            save(step, "resumable", "policy", folder, events)
        if stop:
            events.write(Finished, step=step, stopped=True)
            return 6
    if run["kind"] == "evaluate":
        score(run, events)
    elif run["kind"] == "ask":
        time.sleep(options.step_seconds)
        answer(run, folder, events)
    else:
        for role in EXPORTED.get(run["kind"], ("policy",)):
            save(steps, "exported", role, folder, events)
    events.write(Finished, step=steps)
    return 0


def record_environment(run: dict, options: argparse.Namespace, events: EventLog) -> None:
    changed = Patch(path="fake.py", text="-old\n+new\n")
    environment = Environment(
        code=Code(version="1.0", commit="c" * 40, changed=[changed.path], diff_sha256="d" * 64),
        python="3.11.7",
        # As if packages were upgraded whenever a run takes other steps.
        packages={"torch": "2.12.0", "transformers": f"5.{run.get('steps', 0)}"},
        platform="Linux",
        threads=options.threads,
        seed=0,
        settings=run,
    )
    events.write(EnvironmentRecorded, environment=environment, patches=[changed])


def metrics(kind: str, step: int) -> dict[str, float]:
    gaps = {"gap_perception": 3 / step, "gap_reasoning": 4 / step} if kind == "align" else {}
    return {"loss": 1 / step, "step_seconds": time.time() % 1, **gaps}


def blurt_out(keys: str, events: EventLog) -> None:
    """Say the secrets wherever an engine can say anything."""
    print(f"was given {keys}", flush=True)
    print(f"was given {keys}", file=sys.stderr, flush=True)
    events.write(Log, level="info", message=f"was given {keys}")


def misbehave(options: argparse.Namespace, folder: Path, events: EventLog) -> int | None:
    deed = options.do
    if deed == "raise":
        raise RuntimeError("a mistake in the code")
    if deed == "oom":
        events.write(Failed, kind="out_of_memory", message="24 GiB asked, 8 GiB there")
        return 4
    if deed == "half-line":
        with (folder / "events.jsonl").open("a") as file:
            file.write('{"seq": 99, "type": "step_fin')
        os.kill(os.getpid(), signal.SIGKILL)
    if deed == "no-json":
        with (folder / "events.jsonl").open("a") as file:
            file.write("this is no event\n")
    return None


def draw_samples(step: int, folder: Path, events: EventLog) -> None:
    png = image(step)
    digest = hashlib.sha256(png).hexdigest()
    (folder / "images").mkdir(exist_ok=True)
    (folder / "images" / f"{digest}.png").write_bytes(png)
    malformed = Response(text="<answer>3</answer>", valid=False, tokens=4)
    wrong = Response(text="<answer>5</answer>", valid=True, answer="5", correct=False, tokens=4)
    sample = Sample(
        item=f"item-{step}", question="How many?", gold="3", images=[digest],
        rollouts=[malformed, wrong],
    )  # fmt: skip
    events.write(SamplesDrawn, step=step, samples=[sample])


def answer(run: dict, folder: Path, events: EventLog) -> None:
    """Answer by the step of the policy's checkpoint, with scores where somebody judges."""
    state = Path(run["policy"]["model"]) / "state.json"
    step = int(state.read_text()) if state.is_file() else 0
    judged = run.get("discriminator") is not None
    images = []
    (folder / "images").mkdir(exist_ok=True)
    for path in run["images"]:
        png = Path(path).read_bytes()
        images.append(hashlib.sha256(png).hexdigest())
        (folder / "images" / f"{images[-1]}.png").write_bytes(png)

    def response(number: int) -> Response:
        caption, think = f"- {step} cups on a table", f"I count them:\n{step}, at try {number}"
        return Response(
            text=f"<caption>{caption}</caption><think>{think}</think><answer>{step}</answer>",
            valid=True,
            caption=Section(text=caption, score=step / 4 if judged else None),
            reasoning=Section(text=think, score=-number / 4 if judged else None),
            answer=str(step),
            tokens=20 + number,
        )

    malformed = Response(text="three", valid=False, malformed="missing caption", tokens=2)
    sampled = [response(number) for number in range(1, run["samples_per_item"])]
    sample = Sample(
        item="question-1", question=run["question"], images=images,
        rollouts=[response(0), *sampled, malformed],
    )  # fmt: skip
    events.step_finished(1, {"response_tokens": 20.0})
    events.write(SamplesDrawn, step=1, samples=[sample])


def score(run: dict, events: EventLog) -> None:
    scores = {"accuracy_greedy": Estimate(value=0.5, low=0.46, high=0.54, n=512)}
    events.write(
        BenchmarkScored,
        step=0,
        benchmark="miniature",
        arm=run.get("arm") or "sft",
        scores=scores,
        supervision={},
        majority=0.25,
    )


def image(step: int) -> bytes:
    """A PNG of one pixel whose colour is the step."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        )

    header = struct.pack(">IIBBBBB", 1, 1, 8, 2, 0, 0, 0)
    pixel = zlib.compress(bytes([0, step % 256, 0, 0]))
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", pixel) + chunk(b"IEND", b"")
    )


def save(step: int, kind: str, role: str, folder: Path, events: EventLog) -> None:
    path = f"export/{role}" if kind == "exported" else f"checkpoints/step-{step:06d}"
    unfinished = folder / f"{path}.unfinished"
    unfinished.mkdir(parents=True)
    (unfinished / "state.json").write_text(str(step))
    manifest = write_manifest(unfinished)
    unfinished.rename(folder / path)
    events.write(CheckpointSaved, step=step, kind=kind, role=role, path=path, size=manifest.size)


def die_with_parent() -> None:
    """End some time after the worker, as the real engine does if it hangs."""
    pipe, grace = int(os.environ["PRISM_PARENT_PIPE"]), float(os.environ["PRISM_ORPHAN_GRACE"])

    def wait_for_end() -> None:
        os.read(pipe, 1)
        time.sleep(grace)
        os.killpg(0, signal.SIGKILL)

    threading.Thread(target=wait_for_end, daemon=True).start()


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    parser.add_argument("--step-seconds", type=float, default=0.02)
    parser.add_argument("--deaf", action="store_true", help="hear no SIGTERM")
    parser.add_argument("--at-step", type=int, default=0)
    parser.add_argument("--do", choices=["raise", "oom", "half-line", "no-json"])
    parser.add_argument("command", choices=["run"])
    parser.add_argument("recipe", type=Path)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--threads", type=int, required=True)
    parser.add_argument("--resume", type=Path)
    parser.add_argument("--ledger", type=Path)
    parser.add_argument("--keys", type=Path)
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
