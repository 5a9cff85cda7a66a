"""The Dockerfile, as far as it goes without Docker: its sources, its users and its packages."""

from __future__ import annotations

import fnmatch
import json
import re
import subprocess
from pathlib import Path

import pytest
from packaging.utils import canonicalize_name

from tests.containers.image import ROOT, build, closure, extra_of, lineage, stages

TARGETS = ("server", "worker", "gpu-worker")
PINNED = re.compile(r"^[a-z]+:\d+\.\d+\.\d+-[a-z-]+@sha256:[0-9a-f]{64}$")


def copies() -> list[tuple[str, str]]:
    """(stage, source) of everything that is copied from the tree."""
    return [
        (stage.name, source)
        for stage in stages().values()
        for line in stage.all("COPY")
        if not line.startswith("--from=")
        for source in line.split()[:-1]
    ]


def test_every_base_is_pinned_to_a_version_and_a_digest() -> None:
    bases = {stage.base for stage in stages().values()} - stages().keys()
    assert len(bases) == 2
    assert [base for base in bases if not PINNED.match(base)] == []


@pytest.mark.parametrize(("stage", "source"), copies())
def test_what_is_copied_is_there_and_not_ignored(stage: str, source: str) -> None:
    ignored = (ROOT / ".dockerignore").read_text().split()
    assert (ROOT / source).exists()
    assert not [pattern for pattern in ignored if fnmatch.fnmatch(source, pattern)]


def test_what_is_copied_from_a_stage_is_made_in_it() -> None:
    found = {
        (stage.name, *line.removeprefix("--from=").split())
        for stage in stages().values()
        for line in stage.all("COPY")
        if line.startswith("--from=")
    }
    assert found == {
        ("server-packages", "dashboard", "/build/web/dist", "web/dist"),
        ("server", "server-packages", "/opt/prism", "/opt/prism"),
        ("worker", "worker-packages", "/opt/prism", "/opt/prism"),
    }
    assert stages()["source"].all("RUN") == ["python -m venv /opt/prism"]


def test_the_dashboard_is_built_as_every_test_run_builds_it() -> None:
    setup = (ROOT / ".ci" / "setup").read_text()
    assert stages()["dashboard"].all("RUN") == ["npm ci", "npm run build"]
    assert "npm ci " in setup
    assert "npm run --silent build" in setup
    package = json.loads((ROOT / "web" / "package.json").read_text())
    lock = json.loads((ROOT / "web" / "package-lock.json").read_text())
    assert "build" in package["scripts"]
    assert lock["packages"][""]["dependencies"] == package["dependencies"]


def test_the_torch_of_a_worker_is_that_of_this_environment() -> None:
    (pinned,) = re.findall(r"torch==(\S+)", " ".join(stages()["worker-packages"].all("RUN")))
    assert closure("worker")["torch"].version.partition("+")[0] == pinned


@pytest.mark.parametrize("target", TARGETS)
def test_nothing_runs_as_root(target: str) -> None:
    users = [user for stage in lineage(target) for user in stage.all("USER")]
    assert users[-1] == "prism"
    made = " ".join(run for stage in lineage(target) for run in stage.all("RUN"))
    assert "useradd --create-home --uid 1000 prism" in made


def test_a_server_is_installed_without_torch_and_every_package_is_pinned() -> None:
    pins = dict(line.split("==") for line in (ROOT / "constraints.txt").read_text().split())
    wanted = {canonicalize_name(name): version for name, version in pins.items()}
    found = {name: package.version for name, package in closure(extra_of("server")).items()}
    del found["prism-control"]
    assert found == {name: wanted.get(name) for name in found}
    assert not {"torch", "transformers", "peft"} & found.keys()
    assert {"torch", "transformers", "peft"} <= closure(extra_of("worker")).keys()


@pytest.mark.parametrize(
    ("target", "programs"),
    [
        ("server", "server.__main__, prism_client.command.__main__, migrations.versions"),
        ("worker", "worker.__main__, prism_engine.run, prism_client.command.__main__"),
    ],
)
def test_everything_that_a_target_runs_is_installed_in_it(
    target: str, programs: str, tmp_path: Path
) -> None:
    python = build(target, tmp_path) / "python"
    seen = subprocess.run(
        [python, "-c", f"import sys, {programs}; print('torch' in sys.modules)"],
        cwd=tmp_path, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert seen.stdout.strip() == str(target == "worker"), seen.stderr
