"""A consistent copy of a SQLite database that is being written to."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

from sqlalchemy import URL

FILE = "prism.db"


def dump(url: URL, folder: Path) -> None:
    """Copy the database as it is at one moment; writers do not wait for it."""
    source = f"file:{url.database}?mode=ro"
    copied = sqlite3.connect(folder / FILE)
    with closing(sqlite3.connect(source, uri=True)) as there, closing(copied) as copy:
        there.backup(copy)
        # Beside a copy in this mode no second file has to be kept.
        copy.execute("PRAGMA journal_mode=DELETE")


def load(url: URL, folder: Path) -> None:
    """Put a copy where the database is expected."""
    target = Path(url.database or "")
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    shutil.move(folder / FILE, target)
    target.chmod(0o600)
