"""What a run is carried out with, as this process finds it."""

from __future__ import annotations

import importlib.metadata
import os
import platform
import subprocess
from hashlib import sha256
from pathlib import Path

import pytest
import torch

from prism_engine.contract.config import read_pipeline
from prism_engine.contract.environment import Environment
from prism_engine.environment import code_version, environment_of

ROOT = Path(__file__).parents[2]
RECIPE = """
name: demo
seed: 3
runs:
  sft: {{kind: sft, policy: {{model: tiny}}, data: {data}, mixed_with: {{{other}: 0.5}}, steps: 2}}
"""


@pytest.fixture
def found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Environment:
    monkeypatch.setenv("MY_TOKEN", "correct-horse-battery")
    (tmp_path / "data.jsonl").write_bytes(b"rows\n")
    (tmp_path / "more").mkdir()
    (tmp_path / "more" / "data.jsonl").write_bytes(b"others\n")
    text = RECIPE.format(data=tmp_path / "data.jsonl", other=tmp_path / "more")
    pipeline = read_pipeline(text)
    return environment_of(pipeline.runs["sft"], pipeline.seed, ranks=2)


def test_it_is_what_can_be_asked_elsewhere(found: Environment) -> None:
    assert found.python == platform.python_version()
    assert found.packages["torch"] == importlib.metadata.version("torch")
    assert list(found.packages) == sorted(found.packages, key=str.lower)
    assert (found.processors, found.threads) == (os.cpu_count(), torch.get_num_threads())
    assert (found.seed, found.ranks) == (3, 2)
    assert found.cuda == torch.version.cuda
    assert len(found.gpus) == torch.cuda.device_count()
    assert found.settings["steps"] == 2
    assert found.settings["optimizer"]["learning_rate"] > 0


def test_the_code_is_the_commit_of_the_checkout(found: Environment) -> None:
    command = ["git", "-C", str(ROOT), "rev-parse", "HEAD"]
    head = subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()
    assert found.code.commit == head
    assert found.lock_sha256 == sha256((ROOT / "constraints.txt").read_bytes()).hexdigest()
    _, patches = code_version()
    assert {patch.path for patch in patches} <= set(found.code.changed)


def test_data_is_told_by_its_rows_wherever_it_lies(found: Environment) -> None:
    assert {name: (file.sha256, file.size) for name, file in found.data.items()} == {
        "data": (sha256(b"rows\n").hexdigest(), 5),
        "mixed_with.more": (sha256(b"others\n").hexdigest(), 7),
    }
    assert found.compared()["data"]["data"] == sha256(b"rows\n").hexdigest()


def test_variables_of_the_environment_are_not_recorded(found: Environment) -> None:
    assert "correct-horse-battery" not in found.model_dump_json()
