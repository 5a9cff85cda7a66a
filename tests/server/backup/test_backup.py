from __future__ import annotations

import asyncio
import io
import os
import tarfile
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import URL, func, select

from server import revisions
from server.backup.service import Manifest, backup, restore
from server.errors import CannotStart
from server.keys.sealing import Seal
from server.settings import Settings
from server.startup import prepare
from server.tables import EndpointKey, Event, MetricLatest, Run
from tests.server.conftest import FAKE_ENGINE, url_of
from tests.server.world import Lease, World, eventually, good
from tests.services.postgres import create_database
from tests.worker.fake_engine import image

SECRET = "sk-teacher-0123456789"


@pytest.fixture
def elsewhere(settings: Settings, tmp_path: Path, request: pytest.FixtureRequest) -> Settings:
    """Settings of an empty home with an empty database of the same kind."""
    home = tmp_path / "elsewhere"
    if settings.database.startswith("sqlite"):
        return settings.model_copy(update={"home": home, "database_url": ""})
    server: URL = request.getfixturevalue("postgres")
    database = create_database(server, f"restored_{tmp_path.name}")
    return settings.model_copy(update={"home": home, "database_url": url_of(database)})


async def filled(world: World) -> tuple[Lease, str]:
    """Launch something that has points, an image and a key; return its lease and the image."""
    project = await world.default_project()
    good(await world.admin.put(f"/projects/{project}/keys/teacher", json={"value": SECRET}))
    await world.launch()
    lease = await world.claim()
    await lease.start()
    content = image(5)
    digest = sha256(content).hexdigest()
    good(await world.worker.put(f"/worker/artifacts/{digest}", content=content))
    return lease, digest


async def writing(lease: Lease, steps: list[int], stop: asyncio.Event) -> None:
    """Finish steps without a pause."""
    while not stop.is_set():
        await lease.step(len(steps) + 1)
        steps.append(len(steps) + 1)


async def rows(world: World, run_id: str) -> dict[str, Any]:
    """Return figures that agree with each other only at one moment."""
    async with world.parts.database.reading() as session:
        run = await session.get_one(Run, run_id)
        latest = await session.get_one(MetricLatest, (run_id, "loss"))
        events = select(func.count()).where(Event.run_id == run_id)
        return {
            "position": run.stream_position,
            "events": (await session.execute(events)).scalar_one(),
            "steps": latest.count,
        }


async def test_a_backup_of_a_running_server_is_restored_elsewhere(
    world: World, settings: Settings, elsewhere: Settings, tmp_path: Path
) -> None:
    lease, digest = await filled(world)
    steps: list[int] = []
    stop = asyncio.Event()
    writer = asyncio.create_task(writing(lease, steps, stop))
    await eventually(lambda: len(steps) > 1)
    file = tmp_path / "backup.tar"
    said = await asyncio.to_thread(backup, settings, file)
    stop.set()
    await writer
    assert f"revision {revisions.head()}" in said
    assert file.stat().st_mode & 0o777 == 0o600
    await asyncio.to_thread(restore, elsewhere, file)
    await prepare(elsewhere)
    for name in ("key", "token", "worker-token"):
        assert (elsewhere.home / name).read_text() == (settings.home / name).read_text()
        assert (elsewhere.home / name).stat().st_mode & 0o777 == 0o600
    async with World.started(elsewhere, FAKE_ENGINE, new=False) as copy:
        found = await rows(copy, lease.run_id)
        assert found["position"] == found["events"] == found["steps"] + 1
        image_there = await copy.admin.get(f"/artifacts/{digest}")
        assert image_there.content == image(5)
        # The numbers that the database gives go on after those that were there.
        await copy.new_project("after")
        log = good(await copy.admin.get("/audit-log", params={"kind": "project"}))["data"]
        assert log[0]["after"]["name"] == "after"
        async with copy.parts.database.reading() as session:
            (sealed,) = await session.scalars(select(EndpointKey))
            owner = f"{sealed.project_id}/{sealed.name}"
            assert Seal(elsewhere.home / "key").open(sealed.sealed, owner) == SECRET


async def test_nothing_is_overwritten(world: World, settings: Settings, tmp_path: Path) -> None:
    file = tmp_path / "backup.tar"
    await asyncio.to_thread(backup, settings, file)
    with pytest.raises(CannotStart, match="is there already"):
        await asyncio.to_thread(backup, settings, file)
    with pytest.raises(CannotStart, match="in the way"):
        await asyncio.to_thread(restore, settings, file)
    assert not [name for name in os.listdir(tmp_path) if name.startswith(".")]


def test_what_is_no_backup_is_named(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path / "home")
    other = tmp_path / "other.tar"
    with tarfile.open(other, "w") as archive:
        archive.add(Path(__file__), "manifest.json")
    with pytest.raises(CannotStart, match="no backup that this release reads"):
        restore(settings, other)
    with pytest.raises(CannotStart, match="no database to back up"):
        backup(settings, tmp_path / "new.tar")


async def test_a_backup_of_a_newer_release_or_another_dialect_is_refused(tmp_path: Path) -> None:
    def archive(**changes: str) -> Path:
        said = {
            "dialect": "sqlite", "revision": revisions.head(), "release": "9.9",
            "made_at": "2026-01-01T00:00:00Z", "artifacts": "",
        } | changes  # fmt: skip
        content = Manifest.model_validate(said).model_dump_json().encode()
        path = tmp_path / "made.tar"
        with tarfile.open(path, "w") as written:
            member = tarfile.TarInfo("manifest.json")
            member.size = len(content)
            written.addfile(member, io.BytesIO(content))
        return path

    settings = Settings(home=tmp_path / "home")
    with pytest.raises(CannotStart, match=r"revision 9999.*install prism-control 9\.9"):
        await asyncio.to_thread(restore, settings, archive(revision="9999"))
    with pytest.raises(CannotStart, match="restore it into postgresql"):
        await asyncio.to_thread(restore, settings, archive(dialect="postgresql"))
    assert list(settings.home.glob("*")) == [settings.home / "prism.db.lock"]
