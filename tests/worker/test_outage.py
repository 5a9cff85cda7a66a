"""A server that is away costs a run nothing."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.installation import Installation, eventually
from tests.worker.recipes import sft


@pytest.fixture
def own_installation(tmp_path: Path) -> Iterator[Installation]:
    """A server of the test's own, because it is going to be killed."""
    installation = Installation(tmp_path / "home")
    try:
        installation.start_server()
        installation.register()
        yield installation
    finally:
        installation.close()


def test_training_goes_on_without_a_server_and_everything_arrives_later(
    own_installation: Installation,
) -> None:
    installation = own_installation
    installation.start_worker("--step-seconds", "0.05")
    (run,) = installation.launch(sft=sft(150)).runs
    installation.at_step(run.id, 5)
    installation.kill_server()
    events = installation.folder(run.id) / "engine" / "sft" / "events.jsonl"
    eventually(lambda: b'"step":100,' in events.read_bytes())  # about five leases
    installation.start_server()
    ended = installation.in_state(run.id, "succeeded")
    assert ended.attempt == 1
    assert installation.steps(run.id) == [(1, step) for step in range(1, 151)]
