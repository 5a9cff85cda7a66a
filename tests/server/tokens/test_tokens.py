from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from httpx import AsyncClient
from sqlalchemy import select, update

from server.actors import PERSON, Scope
from server.tables import Token
from tests.server.world import SFT, World, good, recipe


async def create(client: AsyncClient, **fields: Any) -> Any:
    body = {"name": "ci", "permissions": ["read"]} | fields
    return good(await client.post("/tokens", json=body))


async def test_a_secret_is_shown_once_and_known_by_its_ending(world: World) -> None:
    made = await create(world.admin, permissions=["read", "launch"])
    assert made["secret"].startswith("prism_")
    (first, *_) = good(await world.admin.get("/tokens"))["data"]
    assert first == made["token"]
    assert first["ending"] == made["secret"][-4:]
    assert first["permissions"] == ["identify", "launch", "read"]
    days = datetime.fromisoformat(first["expires_at"]) - datetime.now(UTC)
    assert timedelta(days=89) < days <= timedelta(days=90)
    async with world.parts.database.reading() as session:
        kept = (await session.scalars(select(Token.digest))).all()
    assert made["secret"] not in kept


async def test_a_token_does_what_its_permissions_and_its_owners_role_allow(world: World) -> None:
    project = await world.default_project()
    body = {"recipe": recipe(sft=SFT)}
    member = await world.person("mara", {project: "member"})
    reading = world.client((await create(member))["secret"])
    launching = world.client((await create(member, permissions=["read", "launch"]))["secret"])
    assert (await reading.get("/runs")).status_code == 200
    assert (await reading.post("/pipelines", json=body)).status_code == 403
    assert (await launching.post("/pipelines", json=body)).status_code == 201
    mara = good(await member.get("/session"))["id"]
    await world.admin.put(f"/projects/{project}/members/{mara}", json={"role": "viewer"})
    assert (await launching.post("/pipelines", json=body)).status_code == 403


async def test_a_token_of_one_project_reaches_no_other(world: World) -> None:
    project = await world.default_project()
    other = await world.new_project("other")
    made = await create(world.admin, permissions=["read", "administer"], project_id=project)
    narrow = world.client(made["secret"])
    assert [row["id"] for row in good(await narrow.get("/projects"))["data"]] == [project]
    assert (await narrow.get(f"/projects/{other}")).status_code == 404
    assert (await narrow.get(f"/projects/{other}/invitations")).status_code == 404


@pytest.mark.parametrize("permissions", [["launch"], ["read", "operate"], ["administer"]])
async def test_no_token_makes_one_that_is_good_for_more(
    world: World, permissions: list[str]
) -> None:
    scope = Scope(frozenset({"identify", "account", "read"}))
    narrow = await world.person("mara", administrator=True, scope=scope)
    body = {"name": "wide", "permissions": permissions}
    assert (await narrow.post("/tokens", json=body)).status_code == 403
    here = Scope(PERSON, frozenset({await world.default_project()}))
    bound = await world.person("olga", administrator=True, scope=here)
    # What is good for one project only sees to no credentials at all.
    assert (await bound.post("/tokens", json=body)).status_code == 403
    assert (await bound.get("/sessions")).status_code == 403


async def test_no_token_outlives_the_one_that_made_it(world: World) -> None:
    made = await create(world.admin, permissions=["account", "read"], expires_in_days=2)
    child = await create(world.client(made["secret"]), expires_in_days=None)
    assert child["token"]["expires_at"] == made["token"]["expires_at"]


async def test_what_expired_or_was_revoked_opens_nothing(world: World) -> None:
    made = await create(world.admin)
    holder = world.client(made["secret"])
    assert (await holder.get("/runs")).status_code == 200
    assert (await world.admin.delete(f"/tokens/{made['token']['id']}")).status_code == 204
    assert (await holder.get("/runs")).status_code == 401
    late = await create(world.admin)
    async with world.parts.database.writing() as session:
        which = update(Token).where(Token.id == late["token"]["id"])
        await session.execute(which.values(expires_at=datetime.now(UTC)))
    assert (await world.client(late["secret"]).get("/runs")).status_code == 401


async def test_nobody_sees_or_ends_anothers_token(world: World) -> None:
    made = await create(world.admin)
    olga = await world.person("olga", {await world.default_project(): "admin"})
    assert (await olga.delete(f"/tokens/{made['token']['id']}")).status_code == 404
    assert len(good(await olga.get("/tokens"))["data"]) == 1
    assert (await olga.get("/worker-tokens")).status_code == 403


async def test_the_last_use_is_known_to_the_minute(world: World) -> None:
    made = await create(world.admin)
    assert made["token"]["used_at"] is None
    await world.client(made["secret"]).get("/runs")
    (first, *_) = good(await world.admin.get("/tokens"))["data"]
    assert datetime.now(UTC) - datetime.fromisoformat(first["used_at"]) < timedelta(minutes=1)


async def test_a_workers_token_is_made_bound_and_revoked(world: World) -> None:
    await world.launch()
    body = {"name": "a100", "queues": ["a100"], "project_ids": [await world.default_project()]}
    made = good(await world.admin.post("/worker-tokens", json=body))
    assert made["token"]["permissions"] == ["work"]
    worker = world.client(made["secret"])
    known = {"name": "x", "host": "h", "pid": 1, "slots": 1, "queues": ["default", "a100"]}
    worker_id = good(await worker.post("/worker/register", json=known))["worker_id"]
    offer = world.offer(queues=["default", "a100"]) | {"worker_id": worker_id}
    assert (await worker.post("/worker/claim", json=offer)).status_code == 204
    assert (await worker.get("/runs")).status_code == 403
    path = f"/worker-tokens/{made['token']['id']}"
    assert (await world.admin.delete(f"/tokens/{made['token']['id']}")).status_code == 404
    assert (await world.admin.delete(path)).status_code == 204
    assert (await worker.post("/worker/claim", json=offer)).status_code == 401
    nowhere = await world.admin.post("/worker-tokens", json=body | {"project_ids": ["prj_0"]})
    assert nowhere.status_code == 404
