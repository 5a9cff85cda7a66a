"""Servers and databases of one's own, on loopback, and the plainest client there is."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from typing import Any, Literal

import psycopg
from sqlalchemy import make_url

from server.database import Database
from server.revisions import upgrade
from server.signals import Signals
from server.tables import Dataset, Model
from tests.installation import free_port
from tests.services.postgres import conninfo, create_database, running_postgres

Kind = Literal["sqlite", "postgres"]
KINDS: tuple[Kind, ...] = ("sqlite", "postgres")
PATIENCE = 400.0
IDLE = 1.0
"""Seconds after which a connection is made anew: servers close those that nobody uses."""

AS_SHIPPED = ("max_connections=200",)
"""Postgres as its makers configure it: a commit is on the disk before it is answered."""

RECIPE = {
    "name": "bench",
    "seed": 1,
    "runs": {"sft": {"kind": "sft", "policy": {"model": "tiny"}, "data": "shapes", "steps": 10}},
}


class Wire:
    """One connection that is kept open."""

    def __init__(self, url: str, **headers: str) -> None:
        self._connection = HTTPConnection(url.removeprefix("http://"), timeout=PATIENCE)
        self._headers = {"Content-Type": "application/json", **headers}
        self._used_at = time.monotonic()

    def send(self, method: str, path: str, body: bytes | None = None) -> bytes:
        """Return the body of the answer, which must be a good one."""
        if time.monotonic() - self._used_at > IDLE:
            self._connection.close()
        self._connection.request(method, path, body, self._headers)
        response = self._connection.getresponse()
        content = response.read()
        self._used_at = time.monotonic()
        if response.status >= 300:
            raise RuntimeError(f"{method} {path}: {response.status} {content[:500]!r}")
        return content

    def ask(self, method: str, path: str, body: object = None) -> Any:
        """Send and receive JSON."""
        content = self.send(method, path, None if body is None else json.dumps(body).encode())
        return json.loads(content) if content else None


@dataclass(frozen=True)
class Rig:
    """A server that answers."""

    url: str
    home: Path
    database_url: str
    pid: int

    @property
    def admin(self) -> Wire:
        return Wire(self.url, Authorization=f"Bearer {self.secret('token')}")

    @property
    def worker(self) -> Wire:
        secret = self.secret("worker-token")
        return Wire(self.url, **{"Authorization": f"Bearer {secret}", "Prism-Contract": "1"})

    def claim(self, slot: int = 0) -> dict[str, Any]:
        """Launch a run and take it, started."""
        self.admin.ask("POST", "/api/v1/pipelines", {"recipe": RECIPE})
        worker = self.worker
        about = {"name": "bench", "host": "here", "pid": 1, "slots": 100, "queues": ["default"]}
        worker_id = worker.ask("POST", "/api/v1/worker/register", about)["worker_id"]
        offer = {
            "worker_id": worker_id,
            "slot": slot,
            "claim_key": f"bench-{time.time_ns()}",
            "queues": ["default"],
        }
        claimed: dict[str, Any] = worker.ask("POST", "/api/v1/worker/claim", offer)
        started = {
            "type": "started", "seq": 1, "at": "2026-01-01T00:00:00Z", "kind": "sft", "steps": 10,
            "first_step": 1, "versions": {},
        }  # fmt: skip
        path = f"/api/v1/worker/attempts/{claimed['attempt_id']}/events"
        worker.ask("POST", path, {"source": "engine", "events": [started]})
        return claimed

    def secret(self, name: str) -> str:
        """Return a secret of the installation, such as `token`."""
        return (self.home / name).read_text().strip()


@contextmanager
def databases(kind: Kind) -> Iterator[Callable[[str], str]]:
    """Yield what makes a new, empty database and returns its URL."""
    if kind == "sqlite":
        with tempfile.TemporaryDirectory(prefix="prism-bench-") as folder:
            yield lambda name: f"sqlite:///{folder}/{name}.db"
    else:
        with running_postgres(AS_SHIPPED) as server:
            yield (
                lambda name: (
                    create_database(server, name)
                    .set(drivername="postgresql")
                    .render_as_string(hide_password=False)
                )
            )


def with_driver(url: str) -> str:
    """Return the URL as our server reads it."""
    drivers = {"sqlite": "sqlite+aiosqlite", "postgresql": "postgresql+psycopg"}
    made = make_url(url)
    return made.set(drivername=drivers[made.drivername]).render_as_string(hide_password=False)


@contextmanager
def serving(url: str) -> Iterator[Rig]:
    """Our server on this database, with the data set and the model that runs name."""
    with tempfile.TemporaryDirectory(prefix="prism-bench-home-") as folder:
        home, port, database_url = Path(folder), free_port(), with_driver(url)
        asyncio.run(_register(database_url))
        environment = {
            **os.environ,
            "PRISM_HOME": folder,
            "PRISM_PORT": str(port),
            "PRISM_DATABASE_URL": database_url,
            "PRISM_LEASE_SECONDS": "7200",
        }
        command = [sys.executable, "-m", "server"]
        with process(command, environment, home / "server.log") as server:
            address = f"http://127.0.0.1:{port}"
            wait_until_it_answers(server, address, "/api/v1/health", home / "server.log")
            yield Rig(address, home, database_url, server.pid)


@contextmanager
def process(
    command: list[str], environment: dict[str, str], log: Path
) -> Iterator[subprocess.Popen[bytes]]:
    """A program, ended at the end of the block."""
    with log.open("wb") as output:
        running = subprocess.Popen(command, env=environment, stdout=output, stderr=output)
    try:
        yield running
    finally:
        running.terminate()
        try:
            running.wait(30)
        except subprocess.TimeoutExpired:
            running.kill()
            running.wait()


def wait_until_it_answers(server: subprocess.Popen[bytes], url: str, path: str, log: Path) -> None:
    """Return once the server does; raises with its log if it ends or takes too long."""
    deadline = time.monotonic() + PATIENCE
    while server.poll() is None and time.monotonic() < deadline:
        try:
            Wire(url).send("GET", path)
        except (OSError, RuntimeError):
            time.sleep(0.2)
        else:
            return
    raise RuntimeError(f"no answer from {url}{path}: {log.read_text()[-3000:]}")


async def _register(url: str) -> None:
    database = Database(url, Signals())
    await upgrade(database.writer)
    async with database.writing() as session:
        session.add(
            Dataset(
                id="dat_1", name="shapes", location="shapes", rows=2, images=2, fingerprint="d",
                splits={}, preview=[],
            )
        )  # fmt: skip
        session.add(
            Model(
                id="mod_1", name="tiny", location="tiny", architecture="x", parameters=5,
                fingerprint="m",
            )
        )  # fmt: skip
    await database.close()


def size_of(url: str) -> int:
    """Return the bytes that a database takes on the disk.

    Before, the room that deleted rows have left is given back in the way in which a running
    installation does it: by our duty on SQLite, by a plain VACUUM, as autovacuum's, on Postgres.
    """
    asyncio.run(_give_back_room(url))
    made = make_url(url)
    if made.get_backend_name() == "sqlite":
        return Path(str(made.database)).stat().st_size
    with psycopg.connect(conninfo(made), autocommit=True) as connection:
        connection.execute("VACUUM")
        row = connection.execute("SELECT pg_database_size(current_database())").fetchone()
        assert row is not None
        return int(row[0])


async def _give_back_room(url: str) -> None:
    database = Database(url, Signals())
    await database.give_back_room()
    if database.dialect == "sqlite":
        async with database.writer.connect() as connection:
            await connection.exec_driver_sql("COMMIT")
            await connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    await database.close()
