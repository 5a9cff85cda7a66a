"""Checkpoints that were fetched, and what retention leaves of them."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from prism_client.worker_client import Claim, Input, Resume
from prism_engine.contract.manifest import write_manifest
from worker.cache import free_once
from worker.folder import AttemptFolder
from worker.store import ArtifactStore


@pytest.fixture
def store(tmp_path: Path) -> ArtifactStore:
    return ArtifactStore((tmp_path / "artifacts").as_uri(), tmp_path / "fetched")


@pytest.fixture
def runs(tmp_path: Path) -> Path:
    return tmp_path / "runs"


def stored(store: ArtifactStore, tmp_path: Path, name: str) -> str:
    """Put a checkpoint into the store; returns where it lies."""
    folder = tmp_path / "saved" / name
    folder.mkdir(parents=True)
    (folder / "model.safetensors").write_text(name)
    return store.put(folder, write_manifest(folder), name)


def remove(location: str) -> None:
    """Do what the server's retention does."""
    shutil.rmtree(location.removeprefix("file://"))


def attempt(runs: Path, number: int, **given: object) -> AttemptFolder:
    claim = Claim(
        run_id="run_1", run_name="sft", attempt_id=f"att_{number}", attempt=number, kind="sft",
        recipe={}, lease_seconds=2, **{"inputs": [], **given},
    )  # fmt: skip
    return AttemptFolder.create(runs, claim)


def test_a_copy_is_kept_as_long_as_the_store_has_the_original(
    store: ArtifactStore, runs: Path, tmp_path: Path
) -> None:
    kept, gone = (stored(store, tmp_path, name) for name in ("kept", "gone"))
    copies = {location: store.fetch(location) for location in (kept, gone)}
    assert free_once(store, runs) == []
    remove(gone)
    assert free_once(store, runs) == [gone]
    assert not copies[gone].exists()
    assert (copies[kept] / "model.safetensors").read_text() == "kept"
    assert free_once(store, runs) == []
    assert {path.name for path in (tmp_path / "fetched").iterdir()} == {
        copies[kept].name,
        f"{copies[kept].name}.location",
    }


def test_nothing_is_taken_from_an_attempt_that_has_not_been_reported(
    store: ArtifactStore, runs: Path, tmp_path: Path
) -> None:
    parent, state = (stored(store, tmp_path, name) for name in ("parent", "state"))
    copies = [store.fetch(location) for location in (parent, state)]
    needed = Input(role="policy", kind="checkpoint", name="sft", location=parent)
    first = attempt(runs, 1, inputs=[needed])
    second = attempt(runs, 2, resume=Resume(step=3, location=state))
    remove(parent)
    remove(state)
    assert free_once(store, runs) == []
    assert all(copy.is_dir() for copy in copies)
    (first.path / "reported").touch()
    assert free_once(store, runs) == [parent]
    (second.path / "reported").touch()
    assert free_once(store, runs) == [state]
    assert not any(copy.exists() for copy in copies)


def test_a_store_that_cannot_be_asked_is_not_taken_to_be_empty(
    store: ArtifactStore, runs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    location = stored(store, tmp_path, "one")
    copy = store.fetch(location)
    remove(location)

    def fails(self: object, path: str, **_: object) -> None:
        raise ConnectionError("the network is away")

    monkeypatch.setattr("fsspec.implementations.local.LocalFileSystem.info", fails)
    assert free_once(store, runs) == []
    assert copy.is_dir()
