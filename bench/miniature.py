"""The miniature world as an installation needs it: written, its base trained, all registered."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from bench.engine import recipe
from prism_client.client import Client

DATA_SETS = ("public", "curated", "curated-sft", "questions", "validation", "test")


def prepare(world: Path, size: str = "full") -> float:
    """Write the data sets and train the base model once; returns the seconds of training.

    The base reads out what is where. It stands for the instruction-tuned model that a user starts
    from, and is kept: a second call does nothing and returns 0.
    """
    # The model is written last, and a world of an earlier version lacks data sets.
    written = [world / name / "data.jsonl" for name in DATA_SETS]
    if not all(path.exists() for path in [*written, world / "scratch-model" / "config.json"]):
        _engine("data", "miniature", "--out", str(world), "--size", size)
    if (world / "base-model" / "config.json").exists():
        return 0.0
    base = recipe("miniature-base")
    (name,) = base["runs"]
    base["runs"][name]["policy"] = {"model": str(world / "scratch-model")}
    base["runs"][name]["data"] = str(world / "readout")
    out = world / "base-run"
    out.mkdir(exist_ok=True)
    (out / "recipe.yaml").write_text(yaml.safe_dump(base))
    began = time.monotonic()
    # Nothing else trains yet, so that both cores are free.
    _engine("run", str(out / "recipe.yaml"), "--out", str(out), "--threads", "2")
    seconds = time.monotonic() - began
    (out / name / "export" / "policy").rename(world / "base-model")
    return seconds


def register(client: Client, folder: str = "miniature") -> None:
    """Register what the recipes name; `folder` is the world's, below a data root."""
    datasets = {dataset.name for dataset in client.datasets()}
    for name in DATA_SETS:
        if f"miniature-{name}" not in datasets:
            client.register_dataset(f"miniature-{name}", f"{folder}/{name}")
    if "miniature-base" not in {model.name for model in client.models()}:
        client.register_model("miniature-base", f"{folder}/base-model")


def scaled(name: str, factor: float) -> dict[str, Any]:
    """A recipe with all its steps, and the items that it evaluates, multiplied by a factor.

    Every run keeps two steps and every evaluation sixteen items, so that a small factor still
    goes through all of it.
    """
    whole = recipe(name)
    # Copies, for what YAML merges is one object in several runs.
    runs = {name: _scaled_run(dict(run), factor) for name, run in whole["runs"].items()}
    return whole | {"runs": runs}


def _scaled_run(run: dict[str, Any], factor: float) -> dict[str, Any]:
    if factor == 1:
        return run
    if run["kind"] == "evaluate":
        return run | {"items": max(16, round(512 * factor))}
    steps = max(2, round(run["steps"] * factor))
    optimizer = dict(run.get("optimizer", {}))
    if "warmup_steps" in optimizer:
        optimizer["warmup_steps"] = min(optimizer["warmup_steps"], steps // 2)
    shorter = {"steps": steps, "minimum_steps": 1} if "gate" in run else {"steps": steps}
    return run | shorter | ({"optimizer": optimizer} if optimizer else {})


def _engine(*arguments: str) -> None:
    environment: Mapping[str, str] = os.environ | {"OMP_WAIT_POLICY": "PASSIVE"}
    subprocess.run([sys.executable, "-m", "prism_engine", *arguments], check=True, env=environment)
