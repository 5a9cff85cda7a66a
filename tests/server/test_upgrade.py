"""A database that the first release made, and what the newest one shows of it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import URL, Connection, MetaData, Table

from prism_engine.contract.config import Pipeline
from server import revisions
from server.authentication import digest
from server.database import Database
from server.settings import Settings
from server.signals import Signals
from tests.server.conftest import FAKE_ENGINE, url_of
from tests.server.world import RLVR, SFT, World, good, recipe
from tests.services.postgres import create_database

AT = datetime(2026, 1, 1, tzinfo=UTC)
RECIPE = Pipeline.model_validate(recipe(sft=SFT, rlvr=RLVR)).model_dump(mode="json")
TOKENS = {"token": "prism_of_the_admin", "worker-token": "prism_of_a_worker"}


def run_row(name: str, place: int, **more: Any) -> dict[str, Any]:
    config = RECIPE["runs"][name]
    row = {
        "id": f"run_{name}", "pipeline_id": "pip_1", "place": place, "name": name,
        "kind": config["kind"], "config": config, "desired_state": "run", "queue": "default",
        "priority": 0, "retries_left": 3, "attempt": 0, "step": 0, "steps": config["steps"],
        "created_at": AT, "queued_at": AT, "stream_position": 0, "log_lines": 0, "version": 1,
    }  # fmt: skip
    return row | more


def attempt_row(number: int, **more: Any) -> dict[str, Any]:
    return {
        "id": f"att_{number}", "run_id": "run_sft", "number": number, "worker_id": "wrk_1",
        "claim_key": f"key-{number}", "claimed_run": {}, "claimed_at": AT, "lease_expires_at": AT,
        "started_at": AT, "stepped_at": AT, "ended_at": AT, "engine_seq": 4, "worker_seq": 0,
        "quarantined": 0,
    } | more  # fmt: skip


def event_rows(attempt: int, first: int, steps: dict[int, float]) -> list[dict[str, Any]]:
    started = {"type": "started", "kind": "sft", "steps": 10, "first_step": 1, "versions": {}}
    rows = [{"type": "started", "content": started, "metrics": None, "step": None}]
    for step, loss in steps.items():
        metrics = {"loss": loss}
        rows.append({"type": "step_finished", "content": None, "metrics": metrics, "step": step})
    return [
        {
            "run_id": "run_sft", "attempt": attempt, "source": "engine", "seq": seq,
            "position": first + seq - 1, "at": AT, **row,
        }
        for seq, row in enumerate(rows, 1)
    ]  # fmt: skip


def latest_row(attempt: int, **values: float) -> dict[str, Any]:
    return {"run_id": "run_sft", "attempt": attempt, "name": "loss", **values}


FIRST: dict[str, list[dict[str, Any]]] = {
    "project": [{"id": "prj_1", "name": "default", "pipelines": 1, "created_at": AT}],
    "user": [
        {"id": "usr_1", "name": "admin", "role": "admin", "created_at": AT},
        {"id": "usr_2", "name": "vera", "role": "viewer", "created_at": AT},
    ],
    "token": [
        {"id": "tok_1", "digest": digest(TOKENS["token"]), "name": "a", "role": "admin",
         "created_at": AT},
        {"id": "tok_2", "digest": digest(TOKENS["worker-token"]), "name": "w", "role": "worker",
         "created_at": AT},
    ],
    "dataset": [
        {"id": "dat_1", "name": "shapes", "location": "shapes", "rows": 2, "images": 2,
         "fingerprint": "d", "preview": [{"id": "a"}], "created_at": AT},
    ],
    "model": [
        {"id": "mod_1", "name": "tiny", "location": "tiny", "architecture": "x", "parameters": 5,
         "fingerprint": "m", "created_at": AT},
    ],
    "artifact": [{"digest": "a" * 64, "media_type": "image/png", "size": 3, "created_at": AT}],
    "server_clock": [{"id": 1, "alive_at": AT}],
    "duty": [{"name": "reaper"}],
    "doorbell": [{"id": 1, "queue": "default"}],
    "worker": [
        {"id": "wrk_1", "token_id": "tok_2", "name": "old", "host": "there", "pid": 1, "slots": 1,
         "queues": ["default"], "registered_at": AT, "seen_at": AT},
    ],
    "pipeline": [
        {"id": "pip_1", "project_id": "prj_1", "number": 1, "name": "demo", "seed": 7,
         "state": "running", "recipe": RECIPE, "created_at": AT, "created_by": "admin",
         "version": 1},
    ],
    "run": [
        run_row("sft", 0, state="succeeded", attempt=2, step=5, worker_id="wrk_1", started_at=AT,
                finished_at=AT, stream_position=9, log_lines=1),
        run_row("rlvr", 1, state="queued"),
    ],
    "run_parent": [{"run_id": "run_rlvr", "role": "policy", "parent_id": "run_sft"}],
    "attempt": [
        attempt_row(1, first_step=1, exit_kind="lost", exit_message="silent"),
        attempt_row(2, first_step=3, resumed_from=2, exit_kind="succeeded"),
    ],
    "event": [
        *event_rows(1, 1, {1: 1.0, 2: 2.0, 3: 3.0}),
        *event_rows(2, 5, {3: 30.0, 4: 40.0, 5: 50.0}),
    ],
    "metric_latest": [
        latest_row(1, step=3, last=3.0, minimum=1.0, maximum=3.0, count=3),
        latest_row(2, step=5, last=50.0, minimum=1.0, maximum=50.0, count=5),
    ],
    "log_line": [
        {"run_id": "run_sft", "number": 1, "position": 9, "attempt": 2, "at": AT,
         "stream": "stdout", "text": "an old line"},
    ],
    "checkpoint": [
        {"id": "ckp_1", "run_id": "run_sft", "attempt": 2, "step": 5, "kind": "exported",
         "role": "policy", "size": 3, "location": "file:///store/5", "manifest": {"files": {}},
         "created_at": AT, "durable_at": AT},
    ],
}  # fmt: skip


def fill(connection: Connection) -> None:
    metadata = MetaData()
    metadata.reflect(connection)
    for name, rows in FIRST.items():
        table: Table = metadata.tables[name]
        for row in rows:
            connection.execute(table.insert().values(row))


@pytest.fixture(params=["sqlite", "postgresql"])
def first(request: pytest.FixtureRequest, tmp_path: Path) -> Settings:
    """Settings of a home whose database does not exist yet, with the tokens that it will know."""
    home = tmp_path / "home"
    home.mkdir()
    for file, secret in TOKENS.items():
        (home / file).write_text(f"{secret}\n")
    url = ""
    if request.param == "postgresql":
        server: URL = request.getfixturevalue("postgres")
        url = url_of(create_database(server, f"first_{tmp_path.name}"))
    return Settings(
        home=home, database_url=url, lease_seconds=2, heartbeat_seconds=0.4, stalled_seconds=1e9
    )


@pytest.fixture
async def upgraded(first: Settings) -> AsyncIterator[World]:
    """The newest release on the first one's database."""
    database = Database(first.database, Signals())
    await revisions.upgrade(database.writer, "0001")
    async with database.writer.begin() as connection:
        await connection.run_sync(fill)
    await revisions.upgrade(database.writer)
    await database.close()
    async with World.started(first, FAKE_ENGINE, new=False) as world:
        yield world


async def test_the_first_releases_rows_are_what_they_were(upgraded: World) -> None:
    admin = upgraded.admin
    run = await upgraded.run("run_sft")
    assert (run["state"], run["attempt"], run["step"]) == ("succeeded", 2, 5)
    assert run["latest"] == {"loss": 50.0}
    # The second attempt replaces the first from its first step on.
    (series,) = good(await admin.get("/runs/run_sft/metrics"))["series"]
    assert [point[:2] for point in series["points"]] == [[1, 1], [2, 2], [3, 30], [4, 40], [5, 50]]
    assert [point[4] for point in series["points"]] == [1, 1, 2, 2, 2]
    events = good(await admin.get("/runs/run_sft/events"))["data"]
    assert [event["position"] for event in events] == list(range(1, 9))
    assert events[3]["event"]["metrics"] == {"loss": 3.0}
    (line,) = good(await admin.get("/runs/run_sft/logs"))["data"]
    assert line["text"] == "an old line"
    (checkpoint,) = good(await admin.get("/runs/run_sft/checkpoints"))["data"]
    assert (checkpoint["step"], checkpoint["kind"], checkpoint["role"]) == (5, "exported", "policy")
    found = good(await admin.get("/runs", params={"filter": "demo and metrics.loss > 49"}))["data"]
    assert [row["id"] for row in found] == ["run_sft"]
    (dataset,) = good(await admin.get("/datasets"))["data"]
    assert (dataset["name"], dataset["rows"], dataset["splits"]) == ("shapes", 2, {})
    assert good(await admin.get(f"/datasets/{dataset['id']}/preview"))["data"] == []


async def test_whoever_had_a_role_may_what_it_was_good_for(upgraded: World) -> None:
    identity = good(await upgraded.admin.get("/session"))
    assert (identity["name"], identity["administrator"]) == ("admin", True)
    assert {"read", "launch", "operate"} <= set(identity["permissions"])
    users = good(await upgraded.admin.get("/users"))["data"]
    assert [(user["name"], user["administrator"]) for user in users] == [
        ("admin", True), ("vera", False),
    ]  # fmt: skip


async def test_a_run_that_was_queued_is_executed_from_its_parents_checkpoint(
    upgraded: World,
) -> None:
    lease = await upgraded.claim()
    assert lease.run_id == "run_rlvr"
    policy = next(given for given in lease.claimed["inputs"] if given["kind"] == "checkpoint")
    assert policy["location"] == "file:///store/5"
    await lease.start()
    await lease.step(1, 2, 3, 4, reward=1.0)
    await lease.exit()
    assert (await upgraded.pipeline("pip_1"))["state"] == "succeeded"
