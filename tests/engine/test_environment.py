"""What a run is carried out with, as this process finds it."""

from __future__ import annotations

import importlib.metadata
import os
import platform
import subprocess
from hashlib import sha256
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch

from prism_engine import environment
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


def test_gpus_are_told_by_name_memory_and_driver(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    properties = SimpleNamespace(name="NVIDIA H100", total_memory=85 * 10**9, major=9, minor=0)
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    monkeypatch.setattr(torch.cuda, "get_device_properties", lambda number: properties)
    program = tmp_path / "nvidia-smi"
    program.write_text(
        '#!/bin/sh\n[ "$1" = --query-gpu=driver_version ] && echo 570.1 && echo 570.1\n'
    )
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    run = read_pipeline(RECIPE.format(data=tmp_path, other=tmp_path / "more")).runs["sft"]
    found = environment_of(run, seed=0, ranks=1)
    assert [gpu.model_dump() for gpu in found.gpus] == 2 * [
        {"name": "NVIDIA H100", "memory": 85 * 10**9, "capability": "9.0"}
    ]
    assert found.driver == "570.1"
    # Where there is no data yet the run will complain; its record does not.
    assert found.data == {}


@pytest.mark.parametrize("says", ["exec sleep 60", "exit 9"])
def test_a_driver_that_says_nothing_is_no_reason_not_to_begin(
    says: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = tmp_path / "nvidia-smi"
    program.write_text(f"#!/bin/sh\n{says}\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setattr(environment, "SECONDS", 0.5)
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 0)
    run = read_pipeline(RECIPE.format(data=tmp_path, other=tmp_path / "more")).runs["sft"]
    assert environment_of(run, seed=0, ranks=1).driver is None
