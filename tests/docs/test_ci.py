"""The example CI jobs: their steps are taken out of the files and run against a server."""

from __future__ import annotations

import csv
import os
import re
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.client.conftest import Prism, on_path, prism, served  # noqa: F401 (fixtures)
from tests.installation import Installation

EXAMPLES = Path(__file__).parents[2] / "docs" / "ci"


@pytest.fixture
def repository(
    tmp_path: Path,
    served: Installation,  # noqa: F811
    prism: Prism,  # noqa: F811
    on_path: str,  # noqa: F811
) -> Mapping[str, str]:
    """A checkout with a recipe; returns the environment of a job in it."""
    sft = {"kind": "sft", "policy": {"model": "base"}, "data": "tiny", "steps": 3}
    score = {"kind": "evaluate", "policy": {"run": "sft"}, "data": "tiny"}
    recipe = {"name": "ci", "runs": {"sft": sft, "score": score}}
    (tmp_path / "recipe.yaml").write_text(yaml.safe_dump(recipe))
    token = prism("token", "create", "ci", "--may", "read", "--may", "launch").stdout.strip()
    return {
        "PATH": on_path,
        "PYTHONPATH": os.environ.get("PYTHONPATH", ""),
        "HOME": str(tmp_path),
        "PRISM_URL": served.url,
        "PRISM_TOKEN": token,
    }


def shell(script: str, folder: Path, environment: Mapping[str, str]) -> int:
    command = ["/bin/bash", "-eo", "pipefail", "-c", script]
    return subprocess.run(command, cwd=folder, env=environment, timeout=120, check=False).returncode


def github(folder: Path, environment: Mapping[str, str]) -> list[tuple[str, int]]:
    """Run the workflow's steps as GitHub does; return the name and the status of each that ran."""
    job = yaml.safe_load((EXAMPLES / "github-actions.yml").read_text())["jobs"]["train"]
    given = {name: _expanded(value, environment) for name, value in job["env"].items()}
    summary = {"GITHUB_STEP_SUMMARY": str(folder / "summary.md")}
    rest = {name: environment[name] for name in ("PATH", "PYTHONPATH", "HOME")}
    ran: list[tuple[str, int]] = []
    for step in job["steps"]:
        failed = any(status for _, status in ran)
        if "run" in step and (not failed or step.get("if") == "always()"):
            ran.append((step["name"], shell(step["run"], folder, rest | given | summary)))
    return ran


def _expanded(value: str, environment: Mapping[str, str]) -> str:
    """What `${{ vars.NAME }}` and `${{ secrets.NAME }}` stand for."""
    return re.sub(r"\$\{\{ (?:vars|secrets)\.(\w+) \}\}", lambda n: environment[n[1]], value)


def gitlab(folder: Path, environment: Mapping[str, str]) -> tuple[int, int]:
    """Run the job's scripts as GitLab does; return the status of each."""
    job = yaml.safe_load((EXAMPLES / "gitlab-ci.yml").read_text())["train"]
    first = shell("\n".join(job["script"]), folder, environment)
    return first, shell("\n".join(job["after_script"]), folder, environment)


def scores(folder: Path) -> dict[str, Any]:
    (row,) = csv.DictReader((folder / "results.csv").read_text().splitlines())
    return {name: row[name] for name in ("benchmark", "arm", "score", "value")}


EXPECTED = {"benchmark": "miniature", "arm": "sft", "score": "accuracy_greedy", "value": "0.5"}


def test_the_job_of_github_passes_with_its_scores(
    repository: Mapping[str, str], tmp_path: Path
) -> None:
    assert github(tmp_path, repository) == [
        ("Check the recipe", 0),
        ("Train, and require what the policy must reach", 0),
        ("Take the scores", 0),
    ]
    assert scores(tmp_path) == EXPECTED
    summary = (tmp_path / "summary.md").read_text()
    assert "| sft:accuracy_greedy>=0.4 | yes | sft:miniature 0.5 |" in summary


def test_the_job_of_github_fails_with_the_run_and_still_takes_what_there_is(
    repository: Mapping[str, str], tmp_path: Path
) -> None:
    _fail(tmp_path)
    assert [status for _, status in github(tmp_path, repository)] == [0, 1, 0]
    assert "| sft | sft | failed | 13/20 |" in (tmp_path / "summary.md").read_text()


def test_the_job_of_gitlab_passes_with_its_scores(
    repository: Mapping[str, str], tmp_path: Path
) -> None:
    assert gitlab(tmp_path, repository) == (0, 0)
    assert scores(tmp_path) == EXPECTED
    assert "ci #" in (tmp_path / "summary.md").read_text()


def test_the_job_of_gitlab_fails_with_the_run(
    repository: Mapping[str, str], tmp_path: Path
) -> None:
    _fail(tmp_path)
    assert gitlab(tmp_path, repository) == (1, 0)


def _fail(folder: Path) -> None:
    """The engine of these tests fails at its thirteenth step."""
    path = folder / "recipe.yaml"
    recipe = yaml.safe_load(path.read_text())
    recipe["runs"]["sft"]["steps"] = 20
    path.write_text(yaml.safe_dump(recipe))
