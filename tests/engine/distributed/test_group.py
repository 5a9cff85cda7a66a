from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

from prism_engine.launcher import REPORT

RANK = """
import sys
from datetime import timedelta
from pathlib import Path
from prism_engine.contract.config import read_pipeline
from prism_engine.distributed import group
from prism_engine.interruption import Interruption
from prism_engine.run import run_pipeline

group.PATIENCE = timedelta(seconds=float(sys.argv[1]))
run = {"kind": "sft", "policy": {"model": "m"}, "data": "d", "distribution": {"kind": "ddp"}}
pipeline = read_pipeline({"name": "p", "runs": {"sft": run}})
interruption = Interruption()
interruption.listen()
print("listens", flush=True)
sys.exit(run_pipeline(pipeline, ["sft"], Path(sys.argv[2]), None, 1, interruption))
"""


def rank_that_waits(folder: Path, patience: float) -> subprocess.Popen[str]:
    """Rank 0 of two, of which the other never comes, once it hears what it is asked."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = {
        "RANK": "0", "WORLD_SIZE": "2", "LOCAL_RANK": "0", "MASTER_ADDR": "127.0.0.1",
        "MASTER_PORT": str(port), REPORT: str(folder / "report.json"),
    }  # fmt: skip
    process = subprocess.Popen(
        [sys.executable, "-c", RANK, str(patience), str(folder)],
        env=os.environ | environment, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stdout is not None
    assert process.stdout.readline() == "listens\n"
    return process


def test_a_rank_that_nobody_joins_gives_up_and_the_run_may_be_tried_again(tmp_path: Path) -> None:
    process = rank_that_waits(tmp_path, patience=0.5)
    process.communicate(timeout=60)
    assert process.returncode == 7
    said = json.loads((tmp_path / "report.json").read_text())
    assert (said["kind"], said["aftermath"]) == ("infrastructure", False)
    assert said["message"].startswith("not all ranks met at 127.0.0.1:")


def test_a_rank_that_waits_for_the_others_can_be_ended(tmp_path: Path) -> None:
    process = rank_that_waits(tmp_path, patience=600)
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=60)
    assert process.returncode == -signal.SIGTERM
