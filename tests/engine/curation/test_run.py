"""A curation that is stopped, and goes on elsewhere from its checkpoint."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from prism_engine.contract.addresses import ALLOWED
from prism_engine.contract.config import InvalidRecipe, read_pipeline
from prism_engine.contract.events import Failed, Finished, GatePassed, StepFinished, read_events
from prism_engine.contract.manifest import hash_file
from prism_engine.interruption import Interruption
from prism_engine.run import STOPPED, run_pipeline
from tests.engine.curation.world import Teacher, World, build_world, recipe
from tests.engine.endpoints.server import Act, Call, ChatServer

ITEMS = 12


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(ALLOWED, "127.0.0.1")
        yield build_world(tmp_path_factory.mktemp("curation") / "world", ITEMS, seed=1)


@dataclass(frozen=True)
class Curated:
    out: Path
    server: ChatServer


@pytest.fixture(scope="module")
def whole(world: World) -> Curated:
    """An undisturbed run."""
    server, out = ChatServer(Teacher(world)), world.folder / "whole"
    with server.running() as url:
        assert curate(world, url, out) == 0
    return Curated(out, server)


def curate(
    world: World, url: str, out: Path, checkpoint: Path | None = None,
    interruption: Interruption | None = None, **settings: object,
) -> int:  # fmt: skip
    content = recipe(world, url, ITEMS)
    content["runs"]["curate"] |= {"cap": 2.0, **settings}
    return run_pipeline(
        read_pipeline(content), ["curate"], out, checkpoint, 1, interruption or Interruption()
    )


def corpus(out: Path) -> dict[str, str]:
    folder = out / "curate" / "corpus"
    files = [path for path in folder.rglob("*") if path.is_file()]
    return {path.relative_to(folder).as_posix(): hash_file(path) for path in files}


def test_a_stopped_curation_goes_on_elsewhere_and_pays_for_nothing_again(
    world: World, whole: Curated, tmp_path: Path
) -> None:
    teacher, interruption = Teacher(world), Interruption()

    def stopping(call: Call) -> Act:
        interruption.requested |= len(server.calls) > 40
        return teacher(call)

    server = ChatServer(stopping)
    with server.running() as url:
        here, there = tmp_path / "here", tmp_path / "there"
        assert curate(world, url, here, interruption=interruption) == STOPPED
        *_, last = read_events(here / "curate" / "events.jsonl")
        assert isinstance(last, Finished)
        assert last.stopped
        before = server.billed.total()
        assert 0 < before < whole.server.billed.total()
        newest = sorted((here / "curate" / "checkpoints").iterdir())[-1]
        server._act = teacher
        assert curate(world, url, there, newest) == 0
    assert corpus(there) == corpus(whole.out) != {}
    assert server.paid_twice == 0
    assert server.billed == whole.server.billed


def test_every_gate_is_an_event_and_a_step(whole: Curated) -> None:
    events = list(read_events(whole.out / "curate" / "events.jsonl"))
    gates = [event for event in events if isinstance(event, GatePassed)]
    assert [gate.gate for gate in gates] == [
        "ingest", "gold", "duplicates", "decontaminate", "panel", "blind", "teacher", "verify",
        "choose",
    ]  # fmt: skip
    assert gates[0].given == ITEMS
    assert all(gate.given - gate.kept == sum(gate.reasons.values()) for gate in gates)
    steps = [event.metrics for event in events if isinstance(event, StepFinished)]
    assert [step["items_kept"] for step in steps] == [gate.kept for gate in gates]
    assert 0 < steps[-1]["spent"] <= 2.0


def test_a_cap_that_is_too_low_ends_the_run_below_it(world: World, tmp_path: Path) -> None:
    server = ChatServer(Teacher(world))
    with server.running() as url:
        assert curate(world, url, tmp_path / "out", cap=0.05) == 2
    assert server.spent(1.25, 10.0) <= 0.05
    *_, last = read_events(tmp_path / "out" / "curate" / "events.jsonl")
    assert isinstance(last, Failed)
    assert "raise the cap and go on" in last.message


def test_rates_are_somebodys(world: World) -> None:
    content = recipe(world, "http://127.0.0.1:1/v1", ITEMS)
    del content["runs"]["curate"]["policy"]
    with pytest.raises(InvalidRecipe, match="rlvr and policy belong together"):
        read_pipeline(content)
