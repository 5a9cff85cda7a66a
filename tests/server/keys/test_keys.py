from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from server.errors import Unreadable
from server.keys.sealing import Seal
from server.tables import Attempt, EndpointKey
from tests.server.world import World, good

VALUE = "sk-teacher-0123456789"
EVALUATE = {
    "kind": "evaluate",
    "policy": {"endpoint": {"url": "https://host.example/v1", "model": "m", "key": "teacher"}},
    "data": "shapes",
}


async def set_key(world: World, name: str, value: str, project: str | None = None) -> Any:
    path = f"/projects/{project or await world.default_project()}/keys/{name}"
    return good(await world.admin.put(path, json={"value": value}))


async def sealed(world: World) -> bytes:
    async with world.parts.database.reading() as session:
        return (await session.scalars(select(EndpointKey))).one().sealed


async def claimed_with(world: World, key: str, **more: Any) -> Any:
    return await world.worker.post("/worker/claim", json=world.offer(key=key) | more)


async def test_a_key_is_set_listed_without_its_value_and_forgotten(world: World) -> None:
    made = await set_key(world, "teacher", VALUE)
    assert (made.keys(), made["name"]) == ({"name", "created_by", "created_at"}, "teacher")
    path = f"/projects/{await world.default_project()}/keys"
    listed = await world.admin.get(path)
    assert [(row["name"], row["created_by"]) for row in good(listed)["data"]] == [
        ("teacher", "admin")
    ]
    assert VALUE not in listed.text
    assert (await world.admin.delete(f"{path}/teacher")).status_code == 204
    assert good(await world.admin.get(path))["data"] == []
    assert (await world.admin.delete(f"{path}/teacher")).status_code == 404


async def test_the_database_holds_the_sealed_value_only(world: World) -> None:
    await set_key(world, "teacher", VALUE)
    first = await sealed(world)
    assert VALUE.encode() not in first
    owner = f"{await world.default_project()}/teacher"
    seal = Seal(world.settings.home / "key")
    assert seal.open(first, owner) == VALUE
    await set_key(world, "teacher", VALUE)
    assert await sealed(world) != first
    with pytest.raises(Unreadable):
        seal.open(first, "prj_other/teacher")
    with pytest.raises(Unreadable):
        seal.open(first[:-1], owner)


@pytest.mark.parametrize("value", ["short", "with space in it", "with\nnewline", "schlüssel", 7])
async def test_a_value_that_fits_no_header_is_refused_and_not_repeated(
    world: World, value: Any
) -> None:
    path = f"/projects/{await world.default_project()}/keys/teacher"
    response = await world.admin.put(path, json={"value": value})
    assert response.status_code == 422
    assert response.json()["errors"][0]["field"] == "value"
    assert not isinstance(value, str) or value not in response.text


async def test_members_neither_read_nor_write_keys(world: World) -> None:
    await set_key(world, "teacher", VALUE)
    project = await world.default_project()
    member = await world.person("mara", {project: "member"})
    path = f"/projects/{project}/keys"
    assert (await member.get(path)).status_code == 403
    assert (await member.put(f"{path}/teacher", json={"value": VALUE})).status_code == 403
    assert (await member.delete(f"{path}/teacher")).status_code == 403
    stranger = await world.person("otto", {await world.new_project("else"): "admin"})
    assert (await stranger.get(path)).status_code == 404


async def test_the_audit_log_says_who_set_a_key_and_not_to_what(world: World) -> None:
    await set_key(world, "teacher", VALUE)
    await set_key(world, "teacher", VALUE + "-2")
    path = f"/projects/{await world.default_project()}/keys/teacher"
    await world.admin.delete(path)
    response = await world.admin.get("/audit-log", params={"kind": "endpoint_key"})
    rows = good(response)["data"]
    assert [row["action"] for row in rows] == ["delete", "change", "create"]
    assert rows[2]["after"]["name"] == "teacher"
    assert VALUE not in response.text
    assert "sealed" not in response.text


async def test_a_claim_carries_exactly_the_keys_that_its_run_names(world: World) -> None:
    await set_key(world, "teacher", VALUE)
    await set_key(world, "another", "sk-another-0123456789")
    elsewhere = await world.new_project("elsewhere")
    await set_key(world, "teacher", "sk-elsewhere-0123456789", elsewhere)
    await world.launch(test=EVALUATE)
    claimed = (await world.claim()).claimed
    assert claimed["keys"] == {"teacher": VALUE}
    await world.launch()
    assert (await world.claim()).claimed["keys"] == {}


async def test_what_is_kept_of_a_claim_holds_no_key(world: World) -> None:
    await set_key(world, "teacher", VALUE)
    pipeline = await world.launch(test=EVALUATE)
    await world.claim()
    async with world.parts.database.reading() as session:
        attempt = (await session.scalars(select(Attempt))).one()
    assert VALUE not in str(attempt.claimed_run)
    run_id = pipeline["runs"][0]["id"]
    for path in (f"/runs/{run_id}", f"/runs/{run_id}/attempts", f"/runs/{run_id}/events"):
        assert VALUE not in (await world.admin.get(path)).text


async def test_a_lost_reply_is_given_again_with_its_keys_to_its_worker_only(world: World) -> None:
    await set_key(world, "teacher", VALUE)
    await world.launch(test=EVALUATE)
    first = good(await claimed_with(world, "lost-reply"))
    assert good(await claimed_with(world, "lost-reply")) == first
    async with await world.another_worker() as stranger:
        response = await stranger.post("/worker/claim", json=world.offer(key="lost-reply"))
        assert (response.status_code, VALUE in response.text) == (404, False)
        body = {"name": "x", "host": "h", "pid": 1, "slots": 1, "queues": ["default"]}
        its_id = good(await stranger.post("/worker/register", json=body))["worker_id"]
        offer = world.offer(key="lost-reply") | {"worker_id": its_id}
        assert (await stranger.post("/worker/claim", json=offer)).status_code == 204


async def test_who_is_done_with_a_run_gets_no_keys_of_it(world: World) -> None:
    await set_key(world, "teacher", VALUE)
    await world.launch(test=EVALUATE)
    first = good(await claimed_with(world, "once-only"))
    exit_ = {"kind": "config", "message": "no"}
    path = f"/worker/attempts/{first['attempt_id']}/exit"
    good(await world.worker.post(path, json=exit_))
    assert good(await claimed_with(world, "once-only"))["keys"] == {}


async def test_a_key_of_another_installations_file_is_left_out(world: World) -> None:
    await set_key(world, "teacher", VALUE)
    (world.settings.home / "key").write_text("00" * 32)
    await world.launch(test=EVALUATE)
    assert (await world.claim()).claimed["keys"] == {}
