"""Ten steps of every stage of the toy game: `python -m tests.golden.losses` prints all metrics.

What may differ between two processors is kept out as far as it goes. Instruction sets are pinned
by `PINNED`, which `compute` gives to a process of its own. The model's weights are drawn as
integers, for normal numbers come from logarithms and cosines that every instruction set rounds
in its own way. All arithmetic is float64: rounding then moves a probability by some 1e-15, and a
drawn token changes only if the noise that draws it, one of 2**24 numbers, falls that close to the
border of two tokens.
"""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

PINNED = {
    "OMP_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "ATEN_CPU_CAPABILITY": "default",
    "MKL_CBWR": "COMPATIBLE",
    "ONEDNN_MAX_CPU_ISA": "SSE41",
}
"""Kernels of torch, of MKL and of oneDNN that every x86 processor has."""

STAGES = ("sft", "warmup", "align", "rlvr")
STEPS = 10

Metrics = dict[str, list[dict[str, float]]]
"""By stage, of every step."""


def compute(environment: dict[str, str] = PINNED) -> dict[str, Any]:
    """Metrics and capability, from a process that starts with these variables."""
    command = [sys.executable, "-m", "tests.golden.losses"]
    done = subprocess.run(
        command, env=os.environ | environment, check=True, stdout=subprocess.PIPE, text=True
    )
    return json.loads(done.stdout.splitlines()[-1])


def capability() -> dict[str, str]:
    """What the last bit of a number may depend on."""
    import torch

    cpuinfo = Path("/proc/cpuinfo")
    names = ("vendor_id", "cpu family", "model")
    lines = cpuinfo.read_text().splitlines() if cpuinfo.exists() else []
    processor = {
        key.strip(): value.strip()
        for key, _, value in (line.partition(":") for line in reversed(lines))
    }
    return {
        "machine": platform.machine(),
        "processor": " ".join(processor.get(name, "") for name in names),
        "kernels": torch.backends.cpu.get_cpu_capability(),
        "torch": torch.__version__,
        "libc": " ".join(platform.libc_ver()),
    }


def play(folder: Path) -> Metrics:
    """Carry the stages out, as the command line does."""
    from prism_engine.contract.config import read_pipeline
    from prism_engine.interruption import Interruption
    from prism_engine.run import run_pipeline
    from tests.engine.stages.toy import Played

    pipeline = read_pipeline(recipe(folder))
    status = run_pipeline(pipeline, pipeline.in_order(), folder / "out", None, 1, Interruption())
    assert status == 0, "a stage failed"
    played = Played(pipeline, folder / "out")
    return {stage: [*played.metrics(stage).values()][:STEPS] for stage in STAGES}


def recipe(folder: Path) -> dict[str, Any]:
    """Imitation until some responses are well-formed, then ten steps of all that follows."""
    from tests.engine.stages.toy import CURATED, PUBLIC, write_toy_data

    group = {
        "dtype": "float64", "steps": STEPS, "policy": {"run": "sft"}, "prompts_per_step": 4,
        "rollouts_per_prompt": 4, "sampling": {"max_new_tokens": 80},
        "data": str(write_toy_data(folder / "curated", [CURATED], pictures=8)),
        "checkpoint_every": 100,
    }  # fmt: skip
    game = {
        "game": {"optimizer": {"learning_rate": 1e-3}}, "audit": {"every": 5, "prompts": 4},
    }  # fmt: skip
    return {
        "name": "golden",
        "seed": 3,
        "runs": {
            "sft": {
                "kind": "sft", "dtype": "float64", "steps": 60, "batch_size": 12,
                "policy": {"model": str(write_model(folder / "model"))},
                "data": str(write_toy_data(folder / "public", PUBLIC)),
                "optimizer": {"learning_rate": 1e-2, "schedule": "cosine"},
                "checkpoint_every": 100,
            },
            "warmup": {**group, "kind": "warmup", **game},
            "align": {
                **group, "kind": "align", "discriminator": {"run": "warmup"}, **game,
                "kl_coefficient": 0.01, "optimizer": {"learning_rate": 4e-4},
            },
            "rlvr": {
                **group, "kind": "rlvr", "optimizer": {"learning_rate": 4e-4},
                "rewards": {"answer": 0.5, "format": 0.5},
            },
        },
    }  # fmt: skip


def write_model(folder: Path) -> Path:
    """The tiny model with weights that are the same on every processor."""
    import torch
    from safetensors.torch import load_file, save_file

    from tests.engine.tiny import save_tiny_model

    save_tiny_model(folder)
    weights = load_file(folder / "model.safetensors")
    generator = torch.Generator().manual_seed(0)
    for name, weight in sorted(weights.items()):
        drawn = torch.randint(-384, 385, weight.shape, generator=generator) / 2**10
        gain = weight.ndim == 1 and name.endswith("weight")
        weights[name] = 1 + drawn / 8 if gain else drawn
    save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})
    return folder


def main() -> None:
    """Print metrics and capability as one line."""
    with tempfile.TemporaryDirectory(prefix="prism-golden-") as folder:
        print(json.dumps({"capability": capability(), "stages": play(Path(folder))}))


if __name__ == "__main__":
    main()
