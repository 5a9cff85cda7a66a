"""Runs over two nodes: two slots of one worker, each with an engine of its own."""

from __future__ import annotations

import json
import os
import signal
from typing import Any

from tests.installation import Installation, eventually
from tests.worker.recipes import LONG, sft


def over_two(steps: int) -> dict[str, Any]:
    return sft(steps) | {"resources": {"nodes": 2}, "distribution": {"kind": "ddp"}}


def seen_by(installation: Installation, run_id: str, folder: str) -> dict[str, str]:
    """The environment that an engine found."""
    path = installation.home / "runs" / run_id / folder / "engine" / "sft" / "seen.json"
    found: dict[str, str] = json.loads(eventually(path.exists) and path.read_text())["env"]
    return found


def test_every_node_is_told_which_it_is_and_the_loss_of_one_ends_the_attempt(
    installation: Installation,
) -> None:
    installation.start_worker(slots=2, options=("--address", "node.lab"))
    (run,) = installation.launch(sft=over_two(LONG)).runs
    installation.at_step(run.id, 12)
    environments = [seen_by(installation, run.id, folder) for folder in ("1", "1-node1")]
    assert [env["GROUP_RANK"] for env in environments] == ["0", "1"]
    ports = {env["MASTER_PORT"] for env in environments}
    for env in environments:
        assert (env["GROUP_WORLD_SIZE"], env["MASTER_ADDR"]) == ("2", "node.lab")
    assert len(ports) == 1

    process = installation.home / "runs" / run.id / "1-node1" / "process.json"
    os.kill(json.loads(process.read_text())["pid"], signal.SIGKILL)
    eventually(lambda: installation.run(run.id).attempt == 2)
    with installation.client as client:
        first, second = client.attempts(run.id)
        assert first.exit is not None
        assert first.exit.kind == "infrastructure"
        assert first.exit.message.startswith("Node 1, on worker one: the engine was killed by")
        # Node 0 had saved, and what it saved is where both go on.
        assert second.resumed_from is not None
        eventually(lambda: seen_by(installation, run.id, "2-node1"))
        client.order(run.id, "stop")
    installation.in_state(run.id, "stopped")
    # Node 1 tells nothing of what happens: every step is there once.
    steps = [step for attempt, step in installation.steps(run.id) if attempt == 1]
    assert steps == list(range(1, len(steps) + 1))
