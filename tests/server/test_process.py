"""The server as a process: what it refuses, and what it survives."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import create_engine, insert

from server.__main__ import GRACE_SECONDS
from server.tables import Dataset, Model
from tests.server.world import AT, SFT, recipe
from tests.services.redis import free_port

LEASE = 1.0


class Process:
    """A home, and a server that can be killed and started again."""

    def __init__(self, home: Path, database_url: str) -> None:
        self.home = home
        self.port = free_port()
        self.environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("PRISM_")},
            "PRISM_HOME": str(home),
            "PRISM_DATABASE_URL": database_url,
            "PRISM_PORT": str(self.port),
            "PRISM_LEASE_SECONDS": str(LEASE),
            "PRISM_HEARTBEAT_SECONDS": "0.2",
        }

    def command(self, *arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "server", *arguments],
            env=self.environment | more, capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip

    @contextmanager
    def running(self) -> Iterator[subprocess.Popen[bytes]]:
        process = subprocess.Popen([sys.executable, "-m", "server"], env=self.environment)
        try:
            self._wait_until_healthy(process)
            yield process
        finally:
            process.kill()
            process.wait()

    def _wait_until_healthy(self, process: subprocess.Popen[bytes]) -> None:
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline and process.poll() is None:
            try:
                httpx.get(f"{self.url}/health").raise_for_status()
            except httpx.TransportError:
                time.sleep(0.05)
            else:
                return
        raise AssertionError("the server did not start")

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/api/v1"

    def client(self, file: str) -> httpx.Client:
        token = (self.home / file).read_text().strip()
        headers = {"Authorization": f"Bearer {token}", "Prism-Contract": "1"}
        return httpx.Client(base_url=self.url, headers=headers, timeout=30)


@pytest.fixture
def process(tmp_path: Path, database_url: str) -> Process:
    return Process(tmp_path / "home", database_url)


@pytest.fixture
def sqlite(tmp_path: Path) -> Process:
    return Process(tmp_path / "home", "")


def test_it_serves_nobody_beyond_this_machine_without_tls(sqlite: Process) -> None:
    refused = sqlite.command(PRISM_HOST="0.0.0.0")
    assert refused.returncode == 2
    assert "PRISM_BEHIND_TLS_PROXY" in refused.stderr
    assert len(refused.stderr.splitlines()) == 1


def test_a_bad_setting_is_named(sqlite: Process) -> None:
    refused = sqlite.command(PRISM_PORT="many", PRISM_HEARTBEAT_SECONDS="0.2")
    assert (refused.returncode, "port" in refused.stderr) == (2, True)
    refused = sqlite.command(PRISM_HEARTBEAT_SECONDS="0.9")
    assert (refused.returncode, "half of PRISM_LEASE_SECONDS" in refused.stderr) == (2, True)


def test_links_and_tokens_come_from_the_command_line_too(sqlite: Process) -> None:
    assert sqlite.command("migrate").returncode == 0
    with sqlite.running():
        link = sqlite.command("sign-in-link").stdout.strip()
        body = {"secret": link.partition("#")[2]}
        assert httpx.post(f"{sqlite.url}/session", json=body).json()["name"] == "admin"
        token = sqlite.command("token", "ci", "--role", "viewer").stdout.strip()
        headers = {"Authorization": f"Bearer {token}"}
        assert httpx.get(f"{sqlite.url}/session", headers=headers).json()["permissions"] == [
            "account", "identify", "read",
        ]  # fmt: skip
        # A second one on the same SQLite file would know nothing of the first one's wakes.
        second = sqlite.command(PRISM_PORT=str(free_port()))
        assert second.returncode == 2
        assert "Another server uses" in second.stderr


def test_an_outage_of_five_leases_leaves_a_healthy_run_in_its_attempt(process: Process) -> None:
    with process.running():
        worker, admin = process.client("worker-token"), process.client("token")
        register(process)
        run_id = admin.post("/pipelines", json={"recipe": recipe(sft=SFT)}).json()["runs"][0]["id"]
        body: dict[str, Any] = {
            "name": "one", "host": "here", "pid": 1, "slots": 1, "queues": ["default"],
        }  # fmt: skip
        worker_id = worker.post("/worker/register", json=body).json()["worker_id"]
        offer = {
            "worker_id": worker_id, "slot": 0, "claim_key": "a-claim-key", "queues": ["default"],
            "wait": 5,
        }  # fmt: skip
        claimed = worker.post("/worker/claim", json=offer).json()
        path = f"/worker/attempts/{claimed['attempt_id']}"
        step = {"type": "step_finished", "at": AT, "metrics": {"loss": 1.0}}
        batch = {"source": "engine", "events": [step | {"seq": 1, "step": 1}]}
        worker.post(f"{path}/events", json=batch)
    time.sleep(5 * LEASE)
    with process.running():
        # The worker is back after a while, as one is that had to wait for its next try.
        time.sleep(LEASE * 0.6)
        beat = worker.post(f"{path}/heartbeat", json={}).json()
        assert beat == {"desired_state": "run", "superseded": False, "lease_seconds": LEASE}
        batch["events"] = [step | {"seq": seq, "step": seq} for seq in (1, 2, 3)]
        assert worker.post(f"{path}/events", json=batch).json()["accepted"] == 2
        run = admin.get(f"/runs/{run_id}").json()
        assert (run["attempt"], run["step"]) == (1, 3)
        curves = admin.get(f"/runs/{run_id}/metrics").json()["series"]
        assert [point[0] for point in curves[0]["points"]] == [1, 2, 3]
        # And one that stays silent is lost after all.
        deadline = time.monotonic() + 10
        while admin.get(f"/runs/{run_id}").json()["state"] != "queued":
            assert time.monotonic() < deadline
            time.sleep(0.1)


def test_streams_and_long_polls_do_not_keep_a_server_from_stopping(sqlite: Process) -> None:
    with sqlite.running() as server:
        admin = sqlite.client("token")
        register(sqlite)
        pipeline = admin.post("/pipelines", json={"recipe": recipe(sft=SFT)}).json()
        topics = {"topics": f"pipeline:{pipeline['id']}"}
        with admin.stream("GET", "/stream", params=topics) as stream:
            lines = stream.iter_lines()
            assert next(lines) == "retry: 1000"
            began = time.monotonic()
            server.terminate()
            for _ in lines:
                pass
            server.wait(10)
            assert time.monotonic() - began < 6


def begin(process: Process, body: bytes, sent: int) -> socket.socket:
    """Open a request and send so many bytes of its body."""
    connection = socket.create_connection(("127.0.0.1", process.port), timeout=20)
    token = (process.home / "token").read_text().strip()
    head = (
        f"POST /api/v1/projects HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {token}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    connection.sendall(head.encode() + body[:sent])
    return connection


def test_a_request_that_is_being_answered_ends_before_the_server_does(sqlite: Process) -> None:
    with sqlite.running() as server:
        body = json.dumps({"name": "late"}).encode()
        finishing, silent = begin(sqlite, body, sent=5), begin(sqlite, body, sent=5)
        time.sleep(0.5)
        began = time.monotonic()
        server.terminate()
        time.sleep(0.5)
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", sqlite.port), timeout=5)
        finishing.sendall(body[5:])
        assert finishing.recv(1000).startswith(b"HTTP/1.1 201")
        # Who sends nothing more does not keep the server for longer than its grace.
        assert server.wait(20) == -signal.SIGTERM
        assert GRACE_SECONDS - 1 < time.monotonic() - began < GRACE_SECONDS + 4
        finishing.close()
        silent.close()
    with sqlite.running():
        names = [row["name"] for row in sqlite.client("token").get("/projects").json()["data"]]
        assert names == ["default", "late"]


def register(process: Process) -> None:
    """Put a data set and a model there: the engine would take seconds to look at real ones."""
    url = process.environment["PRISM_DATABASE_URL"].replace("+aiosqlite", "")
    engine = create_engine(url or f"sqlite:///{process.home / 'prism.db'}")
    now = datetime.now(UTC)
    with engine.begin() as connection:
        connection.execute(
            insert(Dataset).values(
                id="dat_1", name="shapes", location="s", rows=1, images=1,
                splits={}, fingerprint="f", preview=[], created_at=now,
            )
        )  # fmt: skip
        connection.execute(
            insert(Model).values(
                id="mod_1", name="tiny", location="t", architecture="x", parameters=1,
                fingerprint="f", created_at=now,
            )
        )  # fmt: skip
    engine.dispose()
