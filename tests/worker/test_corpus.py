"""From the launch of a curation to three data sets that recipes can name; the engine is the real
one, and only the served models are made up.
"""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path
from typing import Any

import pytest

from prism_client.worker_client import Claim
from prism_engine.contract.addresses import ALLOWED
from prism_engine.contract.manifest import hash_file
from tests.engine.curation.world import Teacher, World, build_world, recipe
from tests.engine.endpoints.server import ChatServer
from tests.installation import Installation, eventually
from worker.corpus import keep
from worker.errors import CorpusNotKept
from worker.folder import AttemptFolder

ENGINE = (sys.executable, "-m", "prism_engine")
ITEMS = 12
PARTS = ("alignment", "rlvr", "sft")
BENCHMARKS = {"MathVista": "mathvista", "WeMath": "wemath"}


@pytest.fixture
def world(installation: Installation) -> World:
    """Items and benchmarks, registered."""
    world = build_world(installation.home / "data" / "curation", ITEMS, seed=1)
    with installation.client as client:
        client.register_dataset("items", "curation/items")
        for name, dataset in BENCHMARKS.items():
            client.register_dataset(dataset, f"curation/{name}")
    return world


def curation(world: World, url: str) -> dict[str, Any]:
    run: dict[str, Any] = recipe(world, url, ITEMS)["runs"]["curate"]
    return run | {"data": "items", "benchmarks": BENCHMARKS, "cap": 2.0}


def files(folder: Path) -> dict[str, str]:
    found = [path for path in folder.rglob("*") if path.is_file() and path.parent != folder]
    return {path.relative_to(folder).as_posix(): hash_file(path) for path in found}


def test_a_launched_curation_that_was_killed_ends_in_three_data_sets(
    installation: Installation, world: World
) -> None:
    installation.environment[ALLOWED] = "127.0.0.1"
    server = ChatServer(Teacher(world))
    with server.running() as url:
        installation.start_worker(program=ENGINE)
        (run,) = installation.launch(curate=curation(world, url)).runs
        eventually(lambda: server.billed.total() > 40 or None)
        os.kill(installation.engine_pid(run.id), signal.SIGKILL)
        ended = installation.in_state(run.id, "succeeded")
    assert ended.attempt == 2
    assert server.paid_twice == 0

    with installation.client as client:
        made = {one.name: one for one in client.datasets() if one.name.startswith("test-")}
        curated = client.curated_datasets(run.id)
    assert sorted(made) == [f"test-{part}" for part in PARTS]
    assert {one.run_id for one in made.values()} == {run.id}
    assert {one.dataset_id for one in curated} == {one.id for one in made.values()}
    kept = installation.home / "data" / "curated" / run.id
    corpus = installation.folder(run.id, 2) / "engine" / "curate" / "corpus"
    assert files(kept) == files(corpus) != {}
    for part in PARTS:
        one = made[f"test-{part}"]
        assert one.location == f"curated/{run.id}/{part}"
        lines = (kept / part / "data.jsonl").read_text().splitlines()
        assert one.rows == len(lines)
        assert one.demonstrations == (0 if part == "rlvr" else len(lines))
    said = {line["message"] for line in _logs(installation, run.id)}
    assert {f"registered the data set test-{part}" for part in PARTS} <= said


def _logs(installation: Installation, run_id: str) -> list[dict[str, Any]]:
    events = [stored.event for stored in installation.events(run_id, "worker")]
    return [event for event in events if event["type"] == "log"]


@pytest.fixture
def attempt(tmp_path: Path) -> AttemptFolder:
    claim = Claim(
        run_id="run_1", run_name="curate", attempt_id="att_1", attempt=1, kind="curate",
        recipe={}, lease_seconds=2,
    )  # fmt: skip
    folder = AttemptFolder.create(tmp_path / "runs", claim)
    for part in ("sft", "rlvr"):
        place = folder.engine_events.parent / "corpus" / part
        (place / "images").mkdir(parents=True)
        (place / "data.jsonl").write_text(part)
    return folder


def test_what_an_earlier_attempt_kept_stays(attempt: AttemptFolder, tmp_path: Path) -> None:
    roots = [tmp_path / "first", tmp_path / "second"]
    earlier = roots[1] / "curated" / "run_1" / "sft"
    earlier.mkdir(parents=True)
    assert keep(attempt, roots) == {"sft": earlier}
    assert not roots[0].exists()


def test_the_first_root_that_takes_the_corpus_keeps_it(
    attempt: AttemptFolder, tmp_path: Path
) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "data").mkdir()
    kept = keep(attempt, [tmp_path / "file", tmp_path / "data"])
    assert kept == {
        part: tmp_path / "data" / "curated" / "run_1" / part for part in ("sft", "rlvr")
    }
    assert (kept["rlvr"] / "data.jsonl").read_text() == "rlvr"
    assert [path.name for path in (tmp_path / "data" / "curated").iterdir()] == ["run_1"]


def test_a_corpus_that_no_root_takes_is_said_where_it_lies(
    attempt: AttemptFolder, tmp_path: Path
) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(CorpusNotKept, match=r"lies in .*/curate/corpus.*PRISM_DATA_ROOTS"):
        keep(attempt, [tmp_path / "file"])
