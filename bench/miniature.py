"""The miniature world as an installation needs it: written, its base trained, all registered."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path

import yaml

from bench.engine import recipe
from prism_client.client import Client

DATA_SETS = ("public", "curated", "questions", "validation", "test")


def prepare(world: Path, size: str = "full") -> float:
    """Write the data sets and train the base model once; returns the seconds of training.

    The base reads out what is where. It stands for the instruction-tuned model that a user starts
    from, and is kept: a second call does nothing and returns 0.
    """
    if not (world / "scratch-model" / "config.json").exists():
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


def _engine(*arguments: str) -> None:
    environment: Mapping[str, str] = os.environ | {"OMP_WAIT_POLICY": "PASSIVE"}
    subprocess.run([sys.executable, "-m", "prism_engine", *arguments], check=True, env=environment)
