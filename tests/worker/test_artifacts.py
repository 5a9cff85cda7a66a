"""Which checkpoints reach the store while the engine deletes its older ones."""

from __future__ import annotations

import asyncio
import shutil
from pathlib import Path
from typing import Any

import pytest

from prism_client.worker_client import Claim
from prism_engine.contract.events import (
    CheckpointSaved,
    CheckpointStored,
    EventLog,
    Log,
    read_events,
)
from prism_engine.contract.manifest import Manifest, read_manifest, write_manifest
from worker.artifacts import CheckpointKeeper
from worker.errors import StoreFailed
from worker.folder import AttemptFolder
from worker.orders import StandingOrders
from worker.store import ArtifactStore


class Server:
    """Hears what is durable."""

    def __init__(self) -> None:
        self.durable: list[tuple[str, int]] = []

    async def report_checkpoint(self, attempt: str, **said: Any) -> None:
        self.durable.append((said["kind"], said["step"]))


class HurriedStore(ArtifactStore):
    """While it takes a checkpoint the engine deletes it."""

    def put(self, folder: Path, manifest: Manifest, name: str) -> str:
        step = int(name.rpartition("/")[2].partition("-")[0])
        shutil.rmtree(self.engine / "checkpoints" / f"step-{step:06d}")
        return super().put(folder, manifest, name)

    engine: Path


@pytest.fixture
def attempt(tmp_path: Path) -> AttemptFolder:
    claim = Claim(
        run_id="run_1", run_name="sft", attempt_id="att_1", attempt=1, kind="sft",
        recipe={}, inputs=[], lease_seconds=2,
    )  # fmt: skip
    return AttemptFolder.create(tmp_path / "runs", claim)


def save(attempt: AttemptFolder, events: EventLog, step: int, *, best: bool = False) -> None:
    path = f"checkpoints/step-{step:06d}"
    folder = attempt.engine_events.parent / path
    folder.mkdir(parents=True)
    (folder / "policy.safetensors").write_bytes(bytes([step]))
    size = write_manifest(folder).size
    events.write(
        CheckpointSaved,
        step=step, kind="resumable", role="policy", path=path, size=size, best=best,
    )  # fmt: skip


def keep(attempt: AttemptFolder, store: ArtifactStore) -> Server:
    """Follow an engine that has ended."""
    server, ended = Server(), asyncio.Event()
    ended.set()
    with EventLog(attempt.worker_events) as said:
        # The server is a fake at the border: it records what it is told.
        keeper = CheckpointKeeper(server, store, attempt, said, StandingOrders())
        asyncio.run(keeper.follow(ended))
    assert keeper.failure is None
    assert not (attempt.path / "held").exists()
    return server


def test_the_newest_and_the_best_are_stored(attempt: AttemptFolder, tmp_path: Path) -> None:
    with EventLog(attempt.engine_events) as events:
        save(attempt, events, 10, best=True)
        save(attempt, events, 20, best=True)
        save(attempt, events, 30)
        save(attempt, events, 40)

    server = keep(attempt, ArtifactStore((tmp_path / "store").as_uri(), tmp_path / "fetched"))

    assert server.durable == [("resumable", 20), ("resumable", 40)]
    assert [e.step for e in read_events(attempt.worker_events)] == [20, 40]


def test_a_checkpoint_that_is_deleted_while_it_is_copied_is_stored_whole(
    attempt: AttemptFolder, tmp_path: Path
) -> None:
    store = HurriedStore((tmp_path / "store").as_uri(), tmp_path / "fetched")
    store.engine = attempt.engine_events.parent
    with EventLog(attempt.engine_events) as events:
        save(attempt, events, 7)

    server = keep(attempt, store)

    assert server.durable == [("resumable", 7)]
    (stored,) = read_events(attempt.worker_events)
    assert isinstance(stored, CheckpointStored)
    assert (store.fetch(stored.location) / "policy.safetensors").read_bytes() == b"\x07"


def test_a_checkpoint_that_is_gone_is_no_error(attempt: AttemptFolder, tmp_path: Path) -> None:
    with EventLog(attempt.engine_events) as events:
        save(attempt, events, 7)
    shutil.rmtree(attempt.engine_events.parent / "checkpoints")

    server = keep(attempt, ArtifactStore((tmp_path / "store").as_uri(), tmp_path / "fetched"))

    assert server.durable == []
    (said,) = read_events(attempt.worker_events)
    assert isinstance(said, Log)
    assert (said.level, said.message) == (
        "info", "step-000007 was deleted in favour of a newer one",
    )  # fmt: skip


def test_a_checkpoint_that_would_fill_the_disk_is_not_begun(
    attempt: AttemptFolder, tmp_path: Path
) -> None:
    with EventLog(attempt.engine_events) as events:
        save(attempt, events, 7)
    folder = attempt.engine_events.parent / "checkpoints" / "step-000007"
    reserve = shutil.disk_usage(tmp_path).total
    store = ArtifactStore((tmp_path / "store").as_uri(), tmp_path / "fetched", reserve)
    with pytest.raises(StoreFailed, match="PRISM_DISK_RESERVE_GIB"):
        store.put(folder, read_manifest(folder), "checkpoints/7")
    assert not (tmp_path / "store").exists()
