"""An installation on Postgres and Redis of which every process can be killed, frozen or cut off."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

from prism_client.resources import FINAL_STATES
from tests.installation import LEASE, Installation, eventually, is_alive
from tests.services.postgres import Postgres
from tests.services.redis import RedisServer

WORKERS = ("one", "two")
STEP_SECONDS = "0.05"
CUTS, CUT_EVERY = 5, 0.2


class Line:
    """Carries connections to a port, and cuts them all when it is told to."""

    def __init__(self, target: int) -> None:
        self._target = target
        self._loop = asyncio.new_event_loop()
        self._writers: set[asyncio.StreamWriter] = set()
        self.port = 0
        self._listening = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()
        self._listening.wait()

    def cut(self) -> None:
        def abort() -> None:
            for writer in self._writers:
                writer.transport.abort()

        self._loop.call_soon_threadsafe(abort)

    def close(self) -> None:
        self.cut()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()

    def _run(self) -> None:
        server = self._loop.run_until_complete(asyncio.start_server(self._carry, "127.0.0.1", 0))
        self.port = server.sockets[0].getsockname()[1]
        self._listening.set()
        self._loop.run_forever()

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.add(writer)
        try:
            onward, back = await asyncio.open_connection("127.0.0.1", self._target)
            await asyncio.gather(self._pump(reader, back), self._pump(onward, writer))
        except OSError:
            pass  # Nobody listens there for now: the caller sees a connection that ends.
        finally:
            self._writers.discard(writer)
            writer.transport.abort()

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError):
            while content := await reader.read(65_536):
                writer.write(content)
                await writer.drain()
        writer.close()


class Site:
    """Everything that can be hurt, and started again."""

    def __init__(self, folder: Path) -> None:
        # Postgres runs as another user where we are root, who must reach its folder.
        self._folder = Path(tempfile.mkdtemp(prefix="prism-postgres-"))
        self.postgres = Postgres(self._folder)
        self.redis = RedisServer(folder / "redis")
        self.installation = Installation(
            folder / "home",
            PRISM_DATABASE_URL=self.postgres.url.render_as_string(hide_password=False),
            PRISM_BROKER_URL=self.redis.url,
        )
        self.line = Line(self.installation.port)
        self.workers: dict[str, subprocess.Popen[bytes]] = {}

    def start(self) -> None:
        self.postgres.start()
        self.redis.start()
        self.installation.start_server()
        self.installation.register()
        # What workers say goes by the line; the test itself does not.
        self.installation.environment["PRISM_URL"] = f"http://127.0.0.1:{self.line.port}"
        for name in WORKERS:
            self.start_worker(name)

    def start_worker(self, name: str) -> None:
        self.workers[name] = self.installation.start_worker(
            "--step-seconds", STEP_SECONDS, name=name
        )

    def close(self) -> None:
        self.installation.close()
        self.line.close()
        self.redis.stop()
        self.postgres.stop()
        shutil.rmtree(self._folder, ignore_errors=True)

    def wait_for_step(self, run_id: str, step: int) -> None:
        """Wait until the run has come so far, or has ended."""

        def look() -> bool:
            run = self.installation.run(run_id)
            return (run.step or 0) >= step or run.state in FINAL_STATES

        eventually(look)

    def worker_of(self, run_id: str) -> str | None:
        """Return which worker has the run's newest attempt."""
        with self.installation.client as client:
            attempts = client.attempts(run_id)
        return attempts[-1].worker if attempts else None

    def engine_of(self, run_id: str) -> int | None:
        """Return the engine of the run's newest attempt, while it lives."""
        attempt = self.installation.run(run_id).attempt
        if attempt == 0:
            return None
        pid = self.installation.engine_pid(run_id, attempt)
        return pid if is_alive(pid) else None


def _kill_engine(site: Site, run_id: str) -> None:
    if engine := site.engine_of(run_id):
        with suppress(ProcessLookupError):
            os.kill(engine, signal.SIGKILL)


def _kill_worker(site: Site, run_id: str) -> None:
    if name := site.worker_of(run_id):
        site.workers[name].kill()
        site.workers[name].wait()
        site.start_worker(name)


def _kill_server(site: Site, run_id: str) -> None:
    site.installation.kill_server()
    site.installation.start_server()


def _kill_redis(site: Site, run_id: str) -> None:
    site.redis.kill()
    site.redis.start()


def _kill_postgres(site: Site, run_id: str) -> None:
    site.postgres.kill()
    site.postgres.start()


def _freeze_machine(site: Site, run_id: str) -> None:
    """Stop a worker and its engine, as a machine that sleeps does, beyond its lease."""
    name, engine = site.worker_of(run_id), site.engine_of(run_id)
    if name is None or engine is None:
        return
    for pid in (site.workers[name].pid, engine):
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGSTOP)
    time.sleep(2 * LEASE)
    for pid in (site.workers[name].pid, engine):
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGCONT)


def _freeze_server(site: Site, run_id: str) -> None:
    assert site.installation.server is not None
    site.installation.server.send_signal(signal.SIGSTOP)
    time.sleep(2 * LEASE)
    site.installation.server.send_signal(signal.SIGCONT)


def _cut_line(site: Site, run_id: str) -> None:
    for _ in range(CUTS):
        site.line.cut()
        time.sleep(CUT_EVERY)


DISTURBANCES: Mapping[str, Callable[[Site, str], None]] = {
    "engine killed": _kill_engine,
    "worker killed": _kill_worker,
    "server killed": _kill_server,
    "Redis killed": _kill_redis,
    "Postgres killed": _kill_postgres,
    "machine frozen": _freeze_machine,
    "server frozen": _freeze_server,
    "line cut": _cut_line,
}


@contextmanager
def at_work(folder: Path) -> Iterator[Site]:
    """Start everything, and end it after the block."""
    site = Site(folder)
    try:
        site.start()
        yield site
    finally:
        site.close()
