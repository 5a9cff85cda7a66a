"""Backups: the database, the artifacts and the keys of an installation in one tar file.

```
manifest.json   format, dialect, revision, release, and where the artifacts are
home/           key, token, worker-token
database/       a SQLite file, or the rows of each Postgres table
artifacts/      everything in an artifact store of files; another store is backed up where it is
```

The database is copied first, at one moment. Artifacts are written before the rows that name them,
so that whatever the copy names is in the store by then. Data sets, models and the folders of
attempts are not in it: they are inputs, and what was not reported yet.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from types import ModuleType
from typing import Literal

from pydantic import BaseModel, ValidationError
from sqlalchemy import URL, make_url

from server import revisions
from server.backup import postgres, sqlite
from server.database import Database
from server.errors import CannotStart
from server.lock import only_server
from server.settings import Settings
from server.signals import Signals

KEYS = ("key", "token", "worker-token")
DIALECTS: dict[str, ModuleType] = {"sqlite": sqlite, "postgresql": postgres}


class Manifest(BaseModel):
    """What a backup is of."""

    format: Literal[1] = 1
    dialect: str
    revision: str
    release: str
    made_at: datetime
    artifacts: str
    """Where the store is whose files are not in the backup; empty if they are."""


def backup(settings: Settings, file: Path) -> str:
    """Write a backup while servers run; returns what there is to say.

    Raises:
        CannotStart: the file is there already, or there is nothing to back up.
    """
    if file.exists():
        raise CannotStart(f"{file} is there already; name another file.")
    unfinished = file.with_name(f".{file.name}.unfinished")
    try:
        with _folder_beside(file) as folder:
            manifest = _describe(settings)
            (folder / "database").mkdir()
            url = make_url(settings.database)
            DIALECTS[manifest.dialect].dump(url, folder / "database")
            (folder / "manifest.json").write_text(manifest.model_dump_json())
            _write(settings, folder, unfinished)
        unfinished.rename(file)
    finally:
        unfinished.unlink(missing_ok=True)
    left_out = f"; the artifacts stay in {manifest.artifacts}" if manifest.artifacts else ""
    return f"{file}: revision {manifest.revision}, {file.stat().st_size} bytes{left_out}"


def _describe(settings: Settings) -> Manifest:
    revision = asyncio.run(_revision(settings))
    if revision is None:
        raise CannotStart("There is no database to back up yet.")
    return Manifest(
        dialect=make_url(settings.database).get_backend_name(),
        revision=revision,
        release=version("prism-control"),
        made_at=datetime.now(UTC),
        artifacts="" if _artifact_folder(settings) else settings.artifact_store,
    )


def _write(settings: Settings, folder: Path, file: Path) -> None:
    # Whoever reads it can sign in and open every key.
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as raw, tarfile.open(fileobj=raw, mode="w") as archive:
        archive.add(folder / "manifest.json", "manifest.json")
        for name in KEYS:
            if (settings.home / name).exists():
                archive.add(settings.home / name, f"home/{name}")
        archive.add(folder / "database", "database")
        if store := _artifact_folder(settings):
            _add_artifacts(archive, store)
        raw.flush()
        os.fsync(raw.fileno())


def _add_artifacts(archive: tarfile.TarFile, store: Path) -> None:
    for path in sorted(store.rglob("*")):
        # What is deleted meanwhile, the database is about to forget too.
        with suppress(FileNotFoundError):
            if path.is_file() and not path.is_symlink():
                archive.add(path, f"artifacts/{path.relative_to(store)}", recursive=False)


def restore(settings: Settings, file: Path) -> str:
    """Fill an empty home and an empty database from a backup; returns what there is to say.

    Raises:
        CannotStart: something is there already, or the backup is not for this installation.
    """
    settings.home.mkdir(mode=0o700, parents=True, exist_ok=True)
    with only_server(settings), _folder_beside(settings.home / "restored") as folder:
        _refuse_to_overwrite(settings)
        manifest = _unpack(settings, file, folder)
        asyncio.run(_load_database(settings, manifest, folder / "database"))
        for name in KEYS:
            if (folder / "home" / name).exists():
                shutil.move(folder / "home" / name, settings.home / name)
                (settings.home / name).chmod(0o600)
        store = _artifact_folder(settings)
        if store and (folder / "artifacts").exists():
            store.mkdir(mode=0o700, parents=True, exist_ok=True)
            for path in (folder / "artifacts").iterdir():
                shutil.move(path, store / path.name)
    return f"Restored revision {manifest.revision} of {manifest.made_at:%Y-%m-%d %H:%M} UTC"


def _refuse_to_overwrite(settings: Settings) -> None:
    there: list[Path] = [settings.home / name for name in KEYS if (settings.home / name).exists()]
    store = _artifact_folder(settings)
    if store and store.exists() and any(store.iterdir()):
        there.append(store)
    has_tables = asyncio.run(_has_tables(settings))
    if there or has_tables:
        what = there[0] if there else "the database, which has tables,"
        raise CannotStart(
            f"A backup is restored into an empty home and an empty database: {what} is in the way; "
            "name others in PRISM_HOME and PRISM_DATABASE_URL."
        )


def _unpack(settings: Settings, file: Path, folder: Path) -> Manifest:
    try:
        with tarfile.open(file) as archive:
            archive.extractall(folder, filter="data")
        manifest = Manifest.model_validate_json((folder / "manifest.json").read_bytes())
    except (OSError, tarfile.TarError, ValidationError) as error:
        raise CannotStart(f"{file} is no backup that this release reads: {error}") from error
    dialect = make_url(settings.database).get_backend_name()
    if manifest.dialect != dialect:
        raise CannotStart(
            f"The backup is of {manifest.dialect} and PRISM_DATABASE_URL names {dialect}; "
            f"restore it into {manifest.dialect}."
        )
    if manifest.revision not in revisions.known():
        raise CannotStart(
            f"The backup is of revision {manifest.revision}, which this release does not know; "
            f"install prism-control {manifest.release}."
        )
    return manifest


async def _load_database(settings: Settings, manifest: Manifest, folder: Path) -> None:
    database = Database(settings.database, Signals())
    try:
        if manifest.dialect == "postgresql":
            await revisions.upgrade(database.writer, manifest.revision)
        await asyncio.to_thread(_load, manifest.dialect, database.url, folder)
        await revisions.upgrade(database.writer)
    finally:
        await database.close()


def _load(dialect: str, url: URL, folder: Path) -> None:
    DIALECTS[dialect].load(url, folder)


async def _revision(settings: Settings) -> str | None:
    if not settings.database_may_exist:
        return None
    database = Database(settings.database, Signals())
    try:
        return await revisions.present(database.writer)
    finally:
        await database.close()


async def _has_tables(settings: Settings) -> bool:
    if not settings.database_may_exist:
        return False
    database = Database(settings.database, Signals())
    try:
        return bool(await revisions.tables(database.writer))
    finally:
        await database.close()


def _artifact_folder(settings: Settings) -> Path | None:
    """Return the folder of an artifact store that is one."""
    scheme, separator, path = settings.artifact_store.partition("://")
    if not separator:
        return Path(scheme)
    return Path(path) if scheme == "file" else None


@contextmanager
def _folder_beside(file: Path) -> Iterator[Path]:
    """Give a folder on the same file system, so that what is in it can be moved into place."""
    with tempfile.TemporaryDirectory(dir=file.parent, prefix=".prism-backup-") as folder:
        yield Path(folder)
