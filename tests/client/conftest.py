from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import yaml

from tests.installation import Installation

Prism = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """A server with one worker and the fake engine, for all commands that only talk to it."""
    installation = Installation(tmp_path_factory.mktemp("served") / "home")
    try:
        installation.start_server()
        installation.register()
        installation.start_worker("--at-step", "13", "--do", "raise")
        yield installation
    finally:
        installation.close()


@pytest.fixture(scope="session")
def prism(served: Installation) -> Prism:
    """Runs `prism …` as a CI job would."""

    def run(*arguments: str, stdin: str = "", **settings: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "prism_client.command", *arguments],
            env={**os.environ, "PRISM_HOME": str(served.home), "COLUMNS": "200", **settings},
            input=stdin,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    return run


@pytest.fixture(scope="session")
def on_path(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A PATH on which `prism` is the command of this tree."""
    folder = tmp_path_factory.mktemp("bin")
    command = folder / "prism"
    command.write_text(f'#!/bin/sh\nexec {sys.executable} -m prism_client.command "$@"\n')
    command.chmod(0o755)
    return f"{folder}{os.pathsep}{os.environ['PATH']}"


@pytest.fixture
def recipe(tmp_path: Path) -> Path:
    """Three steps of SFT; a thirteenth would fail."""
    sft = {"kind": "sft", "policy": {"model": "base"}, "data": "tiny", "steps": 3}
    path = tmp_path / "recipe.yaml"
    path.write_text(yaml.safe_dump({"name": "quick", "runs": {"sft": sft}}))
    return path


def answer_of(done: subprocess.CompletedProcess[str]) -> dict:
    return json.loads(done.stdout)
