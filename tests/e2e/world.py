"""A small world to train in: quick to make, and real in every part."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import yaml

from bench.miniature import register
from tests.installation import Installation

SCHOOLING_STEPS = 150
"""Enough for a tiny model to learn the response form from a few dozen demonstrations."""


def build_world(world: Path) -> None:
    """Write the small miniature world, and school a base model until it answers in form."""
    _engine("data", "miniature", "--out", str(world), "--size", "small")
    run = {
        "kind": "sft",
        "policy": {"model": str(world / "scratch-model")},
        "data": str(world / "curated"),
        "steps": SCHOOLING_STEPS,
        "batch_size": 16,
        "checkpoint_every": 10_000,
        "optimizer": {"learning_rate": 2e-3},
    }
    recipe = world / "recipe.yaml"
    recipe.write_text(yaml.safe_dump({"name": "schooling", "runs": {"base": run}}))
    _engine("run", str(recipe), "--out", str(world / "schooling"))
    (world / "schooling" / "base" / "export" / "policy").rename(world / "base-model")


def install(home: Path, world: Path) -> Installation:
    """A home of its own with the world below its data root; nothing runs yet."""
    installation = Installation(home)
    shutil.copytree(world, installation.home / "data" / "miniature")
    return installation


def register_world(installation: Installation) -> None:
    with installation.client as client:
        register(client)


def alignment(steps: int, **changes: object) -> dict[str, Any]:
    """A recipe of a short warm-up and an alignment that is worth watching."""
    grouped = {
        "data": "miniature-curated",
        "policy": {"model": "miniature-base"},
        "prompts_per_step": 2,
        "rollouts_per_prompt": 4,
        "sampling": {"max_new_tokens": 96},
    }
    return {
        "name": "watched",
        "seed": 1,
        "runs": {
            "warmup": {"kind": "warmup", "steps": 2, **grouped},
            "align": {
                "kind": "align",
                "steps": steps,
                "discriminator": {"run": "warmup"},
                "checkpoint_every": 5,
                **grouped,
                **changes,
            },
        },
    }


def _engine(*arguments: str) -> None:
    subprocess.run(
        [sys.executable, "-m", "prism_engine", *arguments],
        check=True,
        capture_output=True,
        env=os.environ | {"OMP_NUM_THREADS": "1"},
    )
