"""The engine as its users run it: a recipe in a process of its own, and what it leaves behind."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from prism_engine.contract.recipes import FOLDER

SIDE_BY_SIDE = 2
"""Runs at a time, one thread each."""


def recipe(name: str) -> dict[str, Any]:
    """A recipe that comes with the engine."""
    return yaml.safe_load((FOLDER / f"{name}.yaml").read_text("utf-8"))


def run(out: Path, name: str, seed: int, runs: dict[str, Any]) -> None:
    """Carry out runs one after the other; what they leave is in `out`/<run>."""
    out.mkdir(parents=True, exist_ok=True)
    written = out / f"{name}.yaml"
    written.write_text(yaml.safe_dump({"name": name, "seed": seed, "runs": runs}), "utf-8")
    subprocess.run(
        [sys.executable, "-m", "prism_engine", "run", str(written), "--out", str(out)],
        check=True,
        env=os.environ | {"OMP_WAIT_POLICY": "PASSIVE"},
    )


def events(run: Path, kind: str) -> Iterator[dict[str, Any]]:
    """The events of one type that a run has left."""
    with (run / "events.jsonl").open(encoding="utf-8") as lines:
        yield from (event for event in map(json.loads, lines) if event["type"] == kind)
