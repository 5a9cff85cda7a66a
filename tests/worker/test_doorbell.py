"""The server's bell and the worker's ear, over a real broker of either kind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from server.queue import Bell
from server.settings import Settings
from tests.installation import PATIENCE, eventually
from tests.services.redis import running_redis


@pytest.fixture(scope="module")
def redis_url() -> Iterator[str]:
    with running_redis() as url:
        yield url


@pytest.fixture(params=["filesystem", "redis"])
def settings(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Settings:
    """Both ends find the broker in the environment."""
    named = "filesystem://" if request.param == "filesystem" else None
    monkeypatch.setenv("PRISM_BROKER_URL", named or request.getfixturevalue("redis_url"))
    monkeypatch.setenv("PRISM_HOME", str(tmp_path))
    return Settings()


@pytest.fixture
def listener(tmp_path: Path) -> Iterator[subprocess.Popen[bytes]]:
    command = [sys.executable, "-m", "tests.worker.listener", "default", "a100"]
    with (tmp_path / "heard").open("w") as heard:
        process = subprocess.Popen(command, stdout=heard, env=dict(os.environ))
    yield process
    process.kill()
    process.wait()


def heard(folder: Path) -> list[str]:
    return (folder / "heard").read_text().splitlines()


async def test_a_ring_is_heard_by_who_serves_the_queue(
    settings: Settings, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    listener: subprocess.Popen[bytes] = request.getfixturevalue("listener")
    eventually(lambda: heard(tmp_path))
    bell = Bell(settings)
    assert await bell.ring(["default", "elsewhere"])
    assert await bell.ring(["a100"])
    eventually(lambda: len(heard(tmp_path)) >= 3)
    assert sorted(heard(tmp_path)) == ["listening", "ring a100", "ring default"]
    listener.send_signal(signal.SIGTERM)
    assert listener.wait(PATIENCE) == 0
    assert heard(tmp_path)[-1] == "leaving"


async def test_a_message_beyond_reading_does_not_end_the_worker(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> None:
    monkeypatch.setenv("PRISM_HOME", str(tmp_path))
    request.getfixturevalue("listener")
    eventually(lambda: heard(tmp_path))
    # A folder's message can be found before its writer has put anything into it.
    (tmp_path / "broker" / "0_empty.prism.default.msg").touch()
    eventually(lambda: not list((tmp_path / "broker").glob("0_*")))
    await Bell(Settings()).ring(["default"])
    eventually(lambda: "ring default" in heard(tmp_path))
    assert heard(tmp_path) == ["listening", "listening", "ring default"]
