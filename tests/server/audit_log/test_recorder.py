from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import delete

from server.audit_log.recorder import AUDITED, Acting, acting
from server.tables import Membership, Project, Table
from tests.server.world import World, good

UNAUDITED = {
    # What workers and the engine report, and what follows from it.
    "alert", "artifact", "artifact_use", "attempt", "benchmark_score", "benchmark_verdicts",
    "checkpoint", "curated_dataset", "event", "gang_member",
    "game_audit", "log_line", "metric_chunk", "metric_latest", "metric_tail",
    "quarantined_event", "sample",
    # Bookkeeping of the server itself.
    "change", "discard", "doorbell", "duty", "idempotency", "oidc_flow", "run_parent",
    "run_source", "run_word", "seat", "server_clock", "sign_in_secret", "throttle",
    "webhook_delivery",
}  # fmt: skip


async def log(world: World, **query: Any) -> list[Any]:
    return list(good(await world.admin.get("/audit-log", params=query))["data"])


def test_every_table_is_audited_or_says_that_it_is_not() -> None:
    audited = {table.__tablename__ for table in AUDITED}
    assert audited | UNAUDITED >= set(Table.metadata.tables)
    assert not audited & UNAUDITED


async def test_a_change_says_who_what_and_from_what_to_what(world: World) -> None:
    project = await world.default_project()
    mara = await world.person("mara")
    mara_id = good(await mara.get("/session"))["id"]
    path = f"/projects/{project}/members/{mara_id}"
    await world.admin.put(path, json={"role": "viewer"})
    await world.admin.put(path, json={"role": "admin"})
    response = await world.admin.delete(path)
    deleted, changed, created = await log(world, kind="membership")
    assert created["after"]["role"] == "viewer"
    assert (created["action"], created["before"]) == ("create", None)
    assert (changed["before"], changed["after"]) == ({"role": "viewer"}, {"role": "admin"})
    assert (deleted["action"], deleted["before"]["role"], deleted["after"]) == (
        "delete", "admin", None,
    )  # fmt: skip
    assert deleted["request_id"] == response.headers["x-request-id"]
    for row in (created, changed, deleted):
        assert (row["actor"], row["project_id"]) == ("admin", project)
        assert row["object_id"] == f"{mara_id}:{project}"


async def test_no_secret_is_repeated(world: World) -> None:
    made = good(await world.admin.post("/users", json={"name": "mara"}))
    body = {"secret": made["set_up"]["url"].partition("#")[2], "password": "a secret password"}
    good(await world.browser().post("/session/set-up", json=body))
    token = good(await world.admin.post("/tokens", json={"name": "x", "permissions": ["read"]}))
    text = (await world.admin.get("/audit-log")).text
    assert "a secret password" not in text
    assert "argon2" not in text
    assert token["secret"] not in text
    assert '"digest"' not in text


async def test_what_fails_leaves_no_entry_and_no_change(world: World) -> None:
    name = {"name": "twice"}
    await world.admin.post("/projects", json=name)
    assert (await world.admin.post("/projects", json=name)).status_code == 409
    assert len(await log(world, kind="project", action="create")) == 1


async def test_verbs_on_runs_are_noted_and_what_workers_report_is_not(world: World) -> None:
    pipeline = await world.launch()
    lease = await world.claim()
    await lease.start()
    await lease.step(1)
    await world.admin.post(f"/runs/{lease.run_id}/stop")
    (verb, *_) = await log(world, kind="run")
    assert (verb["object_id"], verb["after"]) == (lease.run_id, {"desired_state": "stop"})
    assert verb["project_id"] == pipeline["project_id"]
    (launched,) = await log(world, kind="pipeline", action="create")
    assert launched["after"]["recipe"]["runs"].keys() == {"sft"}


async def test_signing_in_is_noted_with_where_from(world: World) -> None:
    link = good(await world.admin.post("/session/links"))["url"].partition("#")[2]
    good(await world.browser().post("/session", json={"secret": link}))
    (entry,) = await log(world, kind="session")
    assert (entry["actor"], entry["action"]) == ("admin", "create")
    assert entry["after"]["method"] == "link"
    assert entry["address"] == "127.0.0.1"


async def test_pages_and_filters(world: World) -> None:
    for name in ("a", "b", "c"):
        await world.new_project(name)
    first = good(await world.admin.get("/audit-log", params={"kind": "project", "limit": 2}))
    assert [row["after"]["name"] for row in first["data"]] == ["c", "b"]
    rest = await log(world, kind="project", after=first["next_cursor"])
    assert [row["after"]["name"] for row in rest] == ["a"]
    assert await log(world, by="nobody-here") == []
    assert await log(world, until=first["data"][0]["at"], kind="project", limit=1) == [
        first["data"][1]
    ]


async def test_an_admin_sees_the_log_of_his_projects(world: World) -> None:
    await world.launch()
    mine = await world.new_project("mine")
    olga = await world.person("olga", {mine: "admin"})
    vera = await world.person("vera", {mine: "member"})
    await olga.post(f"/projects/{mine}/invitations", json={"role": "viewer"})
    seen = good(await olga.get("/audit-log"))["data"]
    assert {row["project_id"] for row in seen} == {mine}
    assert {row["kind"] for row in seen} == {"project", "invitation"}
    assert (await vera.get("/audit-log")).status_code == 403


async def test_a_statement_that_would_go_unseen_is_refused(world: World) -> None:
    with acting(Acting("usr_1", "mara")):
        with pytest.raises(RuntimeError, match="Membership is audited"):
            async with world.parts.database.writing() as session:
                await session.execute(delete(Membership))
        async with world.parts.database.writing() as session:
            session.add(Project(id="prj_x", name="x"))
    assert (await log(world, object_id="prj_x"))[0]["actor"] == "mara"
