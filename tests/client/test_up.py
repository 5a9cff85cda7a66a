"""`prism up`: what dies comes back, and Ctrl-C leaves nothing behind."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.installation import PATIENCE, Installation, eventually, is_alive


@pytest.fixture
def installation(tmp_path: Path) -> Installation:
    return Installation(tmp_path / "home")


@pytest.fixture
def up(installation: Installation) -> Iterator[subprocess.Popen[str]]:
    with started(installation.environment, "--workers", "1") as process:
        yield process


@contextmanager
def started(environment: dict[str, str], *options: str) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        [sys.executable, "-m", "prism_client.command", "up", *options],
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
        # A script that starts tests in the background has them ignore Ctrl-C, children included.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def pids(installation: Installation) -> dict[str, int]:
    path = installation.home / "processes.json"
    eventually(path.exists)
    return json.loads(path.read_text())


def test_what_dies_comes_back_and_nothing_is_left_behind(
    installation: Installation, up: subprocess.Popen[str]
) -> None:
    before = pids(installation)
    assert before.keys() == {"up", "server", "worker 1"}
    for name in ("server", "worker 1"):
        os.kill(before[name], signal.SIGKILL)
    after = eventually(lambda: replaced(before, pids(installation)))
    eventually(installation.answers)
    up.send_signal(signal.SIGINT)
    printed, _ = up.communicate(timeout=PATIENCE)
    assert up.returncode == 0
    assert f"{installation.url}/sign-in#" in printed
    assert not any(is_alive(pid) for pid in after.values())
    assert not (installation.home / "processes.json").exists()


def test_a_killed_supervisor_takes_its_processes_with_it(
    installation: Installation, up: subprocess.Popen[str]
) -> None:
    started = pids(installation)
    up.kill()
    eventually(lambda: not any(is_alive(started[name]) for name in ("server", "worker 1")))


def test_a_port_that_is_taken_is_named(
    installation: Installation, up: subprocess.Popen[str]
) -> None:
    pids(installation)
    second = subprocess.run(
        [sys.executable, "-m", "prism_client.command", "up"],
        env=installation.environment,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert second.returncode == 2
    assert f"{installation.port} is taken" in second.stderr


NVIDIA_SMI = """#!/bin/sh
echo 'GPU-a, NVIDIA H100 80GB HBM3, 81559'
echo 'GPU-b, NVIDIA H100 80GB HBM3, 81559'
echo 'GPU-c, NVIDIA H100 80GB HBM3, 81559'
"""


@pytest.mark.parametrize(
    ("chosen", "options", "dealt"),
    [
        ({}, [], [["GPU-a"], ["GPU-b"], ["GPU-c"]]),
        ({}, ["--workers", "2"], [["GPU-a", "GPU-c"], ["GPU-b"]]),
        ({"CUDA_VISIBLE_DEVICES": "GPU-b"}, [], [["GPU-b"]]),
    ],
)
def test_no_gpu_belongs_to_two_workers(
    installation: Installation,
    tmp_path: Path,
    chosen: dict[str, str],
    options: list[str],
    dealt: list[list[str]],
) -> None:
    driver = tmp_path / "bin" / "nvidia-smi"
    driver.parent.mkdir()
    driver.write_text(NVIDIA_SMI)
    driver.chmod(0o755)
    path = f"{driver.parent}:{installation.environment['PATH']}"
    with started(installation.environment | {"PATH": path} | chosen, *options) as up:
        pids(installation)
        with installation.client as client:
            workers = eventually(lambda: len(list(client.workers())) == len(dealt) and client)
            owned = [
                [device["uuid"] for slot in worker.slots for device in slot.devices]
                for worker in sorted(workers.workers(), key=lambda worker: worker.name)
            ]
        up.send_signal(signal.SIGINT)
        up.communicate(timeout=PATIENCE)
    assert owned == dealt


def replaced(before: dict[str, int], now: dict[str, int]) -> dict[str, int] | None:
    """The processes there are now, once none but the supervisor is an old one."""
    old = {before[name] for name in ("server", "worker 1")}
    return None if old & set(now.values()) else now
