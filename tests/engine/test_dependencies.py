"""What a GPU host installs fits together, and is what the engine is made for."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from packaging.version import Version

from prism_engine.policy.sampler.vllm_release import RELEASE

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]


def requirements(extra: str) -> list[str]:
    """What an extra asks for, those that it names itself included."""
    found = []
    for requirement in PROJECT["optional-dependencies"][extra]:
        named = re.fullmatch(r"prism-control\[(.*)\]", requirement)
        found += requirements(named[1]) if named else [requirement]
    return found


def resolve(report: Path, *arguments: str, **environment: str) -> dict[str, str]:
    """The versions that pip would install into an empty environment; nothing is installed."""
    subprocess.run(
        [
            sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check",
            "--dry-run", "--ignore-installed", "--report", str(report), *arguments,
        ],
        check=True,
        env={**os.environ, **environment},
    )  # fmt: skip
    chosen = (package["metadata"] for package in json.loads(report.read_text())["install"])
    return {package["name"].lower(): package["version"] for package in chosen}


def test_vllm_is_pinned_to_the_release_that_the_sampler_is_made_for() -> None:
    [pin] = [one for one in requirements("gpu") if one.startswith("vllm")]
    assert pin.startswith(f"vllm=={RELEASE}.")


# Of a few packages pip reads whole archives, which takes its time on a slow network.
@pytest.mark.timeout(600)
def test_a_worker_with_gpus_gets_the_versions_that_vllm_pins(tmp_path: Path) -> None:
    wanted = [*PROJECT["dependencies"], *requirements("worker"), *requirements("gpu")]
    found = resolve(tmp_path / "report.json", *wanted)
    assert found["vllm"] == "0.32.0"
    assert found["torch"].split("+")[0] == "2.13.0"
    assert Version("5.16.1") <= Version(found["transformers"]) < Version("5.20")
    assert found["deepspeed"].startswith("0.")


def test_flash_attention_is_built_against_the_torch_that_is_installed(tmp_path: Path) -> None:
    found = resolve(
        tmp_path / "report.json",
        "--no-deps", "--no-build-isolation", *requirements("flash"),
        FLASH_ATTENTION_SKIP_CUDA_BUILD="TRUE",
    )  # fmt: skip
    assert found["flash_attn"].startswith("2.8.")
