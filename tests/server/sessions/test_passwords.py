from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from httpx import AsyncClient
from sqlalchemy import select, update

from server.sessions import throttle
from server.sessions.throttle import LONGEST_WAIT
from server.tables import Session, SignInSecret, Throttle, User
from tests.server.world import World, good

PASSWORD = "correct horse battery"


async def account(world: World, name: str = "mara", password: str = PASSWORD) -> str:
    """Open an account and set its password by the link; return its id."""
    made = good(await world.admin.post("/users", json={"name": name}))
    secret = made["set_up"]["url"].partition("#")[2]
    body = {"secret": secret, "password": password}
    assert good(await world.browser().post("/session/set-up", json=body))["name"] == name
    return str(made["user"]["id"])


async def sign_in(world: World, password: str = PASSWORD, name: str = "mara") -> AsyncClient:
    browser = world.browser()
    good(await browser.post("/session/password", json={"name": name, "password": password}))
    return browser


async def test_a_set_up_link_sets_a_password_once(world: World) -> None:
    made = good(await world.admin.post("/users", json={"name": "mara"}))
    secret = made["set_up"]["url"].partition("#")[2]
    assert made["set_up"]["url"].startswith("http://127.0.0.1:8420/set-up#")
    short = await world.browser().post(
        "/session/set-up", json={"secret": secret, "password": "short"}
    )
    assert short.status_code == 422
    body = {"secret": secret, "password": PASSWORD}
    first = await world.browser().post("/session/set-up", json=body)
    second = await world.browser().post("/session/set-up", json=body)
    assert (first.status_code, second.status_code) == (200, 401)
    assert good(await (await sign_in(world)).get("/session"))["roles"] == {}


async def test_of_many_who_use_one_link_at_once_one_gets_in(world: World) -> None:
    made = good(await world.admin.post("/users", json={"name": "mara"}))
    body = {"secret": made["set_up"]["url"].partition("#")[2], "password": PASSWORD}
    posts = [world.browser().post("/session/set-up", json=body) for _ in range(8)]
    codes = sorted([response.status_code for response in await asyncio.gather(*posts)])
    assert codes == [200] + [401] * 7


async def test_a_link_for_one_purpose_is_not_good_for_another(world: World) -> None:
    made = good(await world.admin.post("/users", json={"name": "mara"}))
    secret = made["set_up"]["url"].partition("#")[2]
    assert (await world.browser().post("/session", json={"secret": secret})).status_code == 401
    body = {"secret": secret, "name": "other", "password": PASSWORD}
    assert (await world.browser().post("/session/invitation", json=body)).status_code == 401


async def test_only_an_argon2id_hash_is_kept(world: World) -> None:
    await account(world)
    async with world.parts.database.reading() as session:
        kept = (await session.scalars(select(User.password).where(User.name == "mara"))).one()
    assert kept is not None
    assert kept.startswith("$argon2id$v=19$m=19456,t=2,p=1$")


async def test_a_wrong_password_and_an_unknown_name_are_answered_alike(world: World) -> None:
    await account(world)
    answers = []
    for name, password in (("mara", "wrong password"), ("nobody", PASSWORD), ("admin", PASSWORD)):
        response = await world.browser().post(
            "/session/password", json={"name": name, "password": password}
        )
        answers.append((response.status_code, response.json()["detail"]))
        assert "set-cookie" not in response.headers
    assert answers == [(401, "Name and password do not belong together.")] * 3


async def test_guessing_becomes_slow_for_the_address_and_not_for_others(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(throttle, "FIRST_WAIT", timedelta(minutes=5))
    await account(world)
    guess = {"name": "mara", "password": "wrong password"}
    # As many as come at once count one by one: none is checked beside the count.
    posts = [world.browser().post("/session/password", json=guess) for _ in range(12)]
    codes = [response.status_code for response in await asyncio.gather(*posts)]
    assert sorted(codes) == [401] * 5 + [429] * 7
    right = {"name": "mara", "password": PASSWORD}
    refused = await world.browser().post("/session/password", json=right)
    assert refused.status_code == 429
    assert 1 <= int(refused.headers["retry-after"]) <= LONGEST_WAIT.total_seconds()
    # Another account from here is not held up, nor is this one once the wait is over.
    assert await account(world, "olga")
    assert await sign_in(world, name="olga")
    async with world.parts.database.writing() as session:
        await session.execute(update(Throttle).values(blocked_until=datetime.now(UTC)))
    assert await sign_in(world)
    async with world.parts.database.reading() as session:
        keys = set(await session.scalars(select(Throttle.key)))
    assert not any(key.startswith("pair mara") for key in keys)


async def test_a_new_sign_in_never_goes_on_in_an_old_session(world: World) -> None:
    await account(world)
    browser = await sign_in(world)
    before = browser.cookies["prism_session"]
    good(await browser.post("/session/password", json={"name": "mara", "password": PASSWORD}))
    assert browser.cookies["prism_session"] != before
    thief = world.browser()
    thief.cookies.set("prism_session", before, domain="localhost.local")
    assert (await thief.get("/session")).status_code == 401
    planted = world.browser()
    planted.cookies.set("prism_session", "chosen-by-somebody", domain="localhost.local")
    good(await planted.post("/session/password", json={"name": "mara", "password": PASSWORD}))
    assert "chosen-by-somebody" not in list(planted.cookies.jar)[-1].value


async def test_a_changed_password_ends_every_other_session(world: World) -> None:
    await account(world)
    here, there = await sign_in(world), await sign_in(world)
    change = {"current": "wrong password", "new": "another long password"}
    assert (await here.put("/session/password", json=change)).status_code == 403
    before = here.cookies["prism_session"]
    assert (await here.put("/session/password", json=change | {"current": PASSWORD})).is_success
    assert here.cookies["prism_session"] != before
    assert (await here.get("/session")).status_code == 200
    assert (await there.get("/session")).status_code == 401
    assert await sign_in(world, "another long password")


async def test_one_sees_and_ends_ones_own_sessions_and_no_others(world: World) -> None:
    await account(world)
    await account(world, "olga")
    here, there = await sign_in(world), await sign_in(world)
    stranger = await sign_in(world, name="olga")
    listed = good(await here.get("/sessions"))["data"]
    assert [row["current"] for row in listed] == [False, True, False]
    assert {row["method"] for row in listed} == {"password", "set-up"}
    assert listed[0]["agent"].startswith("python-httpx")
    other = next(row["id"] for row in listed if not row["current"])
    assert (await stranger.delete(f"/sessions/{other}")).status_code == 404
    assert (await here.delete(f"/sessions/{other}")).status_code == 204
    assert (await there.get("/session")).status_code == 401


async def test_a_session_that_is_not_used_ends(world: World) -> None:
    await account(world)
    browser = await sign_in(world)
    idle = datetime.now(UTC) - timedelta(days=8)
    async with world.parts.database.writing() as session:
        await session.execute(update(Session).values(seen_at=idle))
    assert (await browser.get("/session")).status_code == 401


async def test_a_disabled_account_opens_nothing_by_any_way(world: World) -> None:
    user_id = await account(world)
    browser = await sign_in(world)
    disable = {"disabled": True}
    assert good(await world.admin.patch(f"/users/{user_id}", json=disable))["disabled_at"]
    assert (await browser.get("/session")).status_code == 401
    right = {"name": "mara", "password": PASSWORD}
    assert (await world.browser().post("/session/password", json=right)).status_code == 401
    assert (await world.admin.post(f"/users/{user_id}/set-up-link")).status_code == 409
    async with world.parts.database.reading() as session:
        left = select(SignInSecret).where(SignInSecret.user_id == user_id)
        assert (await session.scalars(left)).all() == []


async def test_the_last_administrator_stays_one(world: World) -> None:
    (admin,) = good(await world.admin.get("/users"))["data"]
    for change in ({"administrator": False}, {"disabled": True}):
        refused = await world.admin.patch(f"/users/{admin['id']}", json=change)
        assert refused.status_code == 409
    assert (await world.admin.get("/session")).json()["administrator"] is True
