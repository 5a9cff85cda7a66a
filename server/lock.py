"""One server process per SQLite database: a second would know nothing of the first one's wakes."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import make_url

from server.errors import CannotStart
from server.settings import Settings


@contextmanager
def only_server(settings: Settings) -> Iterator[None]:
    """Hold the lock file of a SQLite database; Postgres needs none.

    Raises:
        CannotStart: another process holds it.
    """
    url = make_url(settings.database)
    if url.get_backend_name() != "sqlite":
        yield
        return
    database = Path(url.database or "")
    database.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with database.with_name(f"{database.name}.lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise CannotStart(
                f"Another server uses {database}: stop it first, "
                "or use Postgres (PRISM_DATABASE_URL) to run several."
            ) from error
        yield
