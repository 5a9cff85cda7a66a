"""Exit statuses, as a shell script meets them; what they are said with, in the job's summary."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest
import yaml

from tests.client.conftest import Prism, answer_of
from tests.installation import PATIENCE, Installation, free_port

SCRIPT = Path(__file__).parent / "exit_statuses.sh"


@pytest.fixture
def chain(tmp_path: Path) -> Path:
    """Runs that follow each other for long enough to be cancelled in the midst of it."""
    runs = {
        f"part-{number}": {
            "kind": "sft",
            "policy": {"run": f"part-{number - 1}"} if number else {"model": "base"},
            "data": "tiny",
            "steps": 12,
        }
        for number in range(20)
    }
    path = tmp_path / "chain.yaml"
    path.write_text(yaml.safe_dump({"name": "chain", "runs": runs}))
    return path


def test_a_shell_script_meets_every_exit_status(
    served: Installation, on_path: str, recipe: Path, chain: Path, tmp_path: Path
) -> None:
    summary = tmp_path / "summary.md"
    environment = os.environ | {
        "PATH": on_path, "PRISM_HOME": str(served.home), "COLUMNS": "200",
        "RECIPE": str(recipe), "CHAIN": str(chain), "SUMMARY": str(summary),
        "NOBODY": f"http://127.0.0.1:{free_port()}",
    }  # fmt: skip
    done = subprocess.run(
        ["/bin/bash", str(SCRIPT)],
        env=environment,
        capture_output=True,
        text=True,
        timeout=2 * PATIENCE,
        check=False,
    )
    assert (done.returncode, done.stdout.split()) == (0, list("012224453")), done.stdout
    lines = summary.read_text().splitlines()
    assert [line for line in lines if line.startswith("| sft |")] == [
        "| sft | sft | succeeded | 3/3 |  |"
    ] * 2
    assert "| loss&lt;=0.4 | yes | sft 0.333333 |" in lines
    assert "| sft:loss&lt;=0.1 | **no** | sft 0.333333 |" in lines


def test_what_was_required_is_told_with_what_was_measured(prism: Prism, recipe: Path) -> None:
    done = prism("launch", str(recipe), "--wait", "--json", "--require", "loss<0.3")
    assert done.returncode == 4
    assert done.stderr.strip() == "loss<0.3: not met: sft 0.333333"
    assert answer_of(done)["requirements"] == [
        {"requirement": "loss<0.3", "met": False, "figures": [{"of": ["sft"], "value": 1 / 3}]}
    ]
