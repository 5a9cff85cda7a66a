from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from prism_engine import launcher
from prism_engine.contract.config import InvalidRecipe, read_pipeline
from prism_engine.contract.events import Failed, read_events
from prism_engine.launcher import Meeting, launch, meeting_of, processes_of

NODE = {"MASTER_ADDR": "node-0", "MASTER_PORT": "29500", "GROUP_RANK": "1"}


def sft(**settings: Any) -> Any:
    run = {"kind": "sft", "policy": {"model": "m"}, "data": "d", **settings}
    return read_pipeline({"name": "p", "runs": {"sft": run}}).runs["sft"]


def ranks(count: int) -> Any:
    return sft(distribution={"kind": "ddp", "processes": count})


def program(text: str) -> list[str]:
    """A rank that does nothing but this."""
    return [sys.executable, "-c", f"import os, signal, sys, time\n{text}"]


def failures(folder: Path) -> list[tuple[str, str]]:
    events = read_events(folder / "events.jsonl")
    return [(event.kind, event.message) for event in events if isinstance(event, Failed)]


def test_nodes_meet_where_the_environment_says() -> None:
    assert meeting_of(NODE, 2, "sft") == Meeting("node-0", 29500, node=1, nodes=2)
    alone = meeting_of(NODE, 1, "sft")
    assert (alone.address, alone.node, alone.nodes) == ("127.0.0.1", 0, 1)
    with pytest.raises(InvalidRecipe, match=r"runs.sft.resources.nodes: .* GROUP_RANK"):
        meeting_of({"MASTER_ADDR": "a", "MASTER_PORT": "1"}, 2, "sft")


@pytest.mark.parametrize(
    ("settings", "environment", "processes"),
    [
        ({"distribution": {"kind": "ddp", "processes": 3}, "resources": {"gpus": 8}}, {}, 3),
        ({"distribution": {"kind": "ddp"}, "resources": {"gpus": 8}}, {}, 8),
        ({"distribution": {"kind": "ddp"}}, {"CUDA_VISIBLE_DEVICES": "a,b"}, 2),
        ({"distribution": {"kind": "ddp"}}, {"CUDA_VISIBLE_DEVICES": ""}, 1),
    ],
)
def test_there_is_a_process_for_every_gpu_unless_somebody_says_how_many(
    settings: dict[str, Any], environment: dict[str, str], processes: int
) -> None:
    assert processes_of(sft(**settings), environment) == processes


def test_every_rank_is_told_which_it_is(tmp_path: Path) -> None:
    text = f"open('{tmp_path}/' + os.environ['RANK'], 'w').write(os.environ['WORLD_SIZE'])"
    assert launch(ranks(3), tmp_path, program(text)) == 0
    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == dict.fromkeys("012", "3")


def test_a_rank_that_is_killed_is_named_and_ends_the_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(launcher, "GRACE", 0.2)
    text = "if os.environ['RANK'] == '1': os.kill(os.getpid(), signal.SIGKILL)\ntime.sleep(600)"
    assert launch(ranks(2), tmp_path, program(text)) == 7
    assert failures(tmp_path) == [("infrastructure", "rank 1: killed by SIGKILL")]


def test_whoever_only_noticed_it_is_not_the_one_to_name(tmp_path: Path) -> None:
    """Rank 0 ends first, for its connection broke; why rank 1 ended is known a moment later."""
    said = [
        {"kind": "infrastructure", "message": "Connection closed by peer", "aftermath": True},
        {"kind": "out_of_memory", "message": "memory ran out", "aftermath": False},
    ]
    text = (
        f"rank, said = int(os.environ['RANK']), {[json.dumps(one) for one in said]}\n"
        "time.sleep(rank / 2)\n"
        "open(os.environ['PRISM_RANK_REPORT'], 'w').write(said[rank])\n"
        "sys.exit([7, 4][rank])"
    )
    assert launch(ranks(2), tmp_path, program(text)) == 4
    assert failures(tmp_path) == [("out_of_memory", "rank 1: memory ran out")]


def test_ranks_hear_the_request_to_stop_and_the_end_of_their_launcher(tmp_path: Path) -> None:
    # A folder says where a rank is, for what a handler raises while a file is finalised is lost.
    listening = (
        "import select\n"
        "signal.signal(signal.SIGTERM, lambda *_: sys.exit(6))\n"
        f"os.mkdir('{tmp_path}/' + os.environ['RANK'])\n"
        "pipe = int(os.environ['PRISM_PARENT_PIPE'])\n"
        "while not select.select([pipe], [], [], 0.1)[0]: pass\n"
        f"os.mkdir('{tmp_path}/orphan-' + os.environ['RANK'])"
    )
    source = (
        "import sys; from pathlib import Path; from tests.engine.test_launcher import *\n"
        f"sys.exit(launch(ranks(2), Path('{tmp_path}'), program({listening!r})))"
    )

    def started() -> subprocess.Popen[bytes]:
        process = subprocess.Popen([sys.executable, "-c", source], start_new_session=True)
        while not all((tmp_path / name).exists() for name in "01"):
            assert process.poll() is None
        return process

    asked = started()
    asked.send_signal(signal.SIGTERM)
    assert asked.wait(30) == 6
    for name in "01":
        (tmp_path / name).rmdir()
    killed = started()
    killed.kill()
    killed.wait(30)
    while not all((tmp_path / f"orphan-{name}").exists() for name in "01"):
        pass
