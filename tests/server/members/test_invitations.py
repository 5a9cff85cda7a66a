from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import update

from server.tables import Invitation
from tests.server.world import World, good

PASSWORD = "correct horse battery"


async def invite(world: World, project: str, role: str = "member") -> tuple[str, str]:
    """Return an invitation's id and secret."""
    made = good(await world.admin.post(f"/projects/{project}/invitations", json={"role": role}))
    assert made["link"]["url"].startswith("http://127.0.0.1:8420/invitation#")
    return made["invitation"]["id"], made["link"]["url"].partition("#")[2]


async def roles(world: World, project: str) -> dict[str, Any]:
    rows = good(await world.admin.get(f"/projects/{project}/members"))["data"]
    return {row["name"]: row["role"] for row in rows}


async def test_an_invitation_opens_an_account_once(world: World) -> None:
    project = await world.default_project()
    _, secret = await invite(world, project)
    body = {"secret": secret, "name": "mara", "password": PASSWORD}
    browser = world.browser()
    assert good(await browser.post("/session/invitation", json=body))["roles"] == {
        project: "member"
    }
    again = await world.browser().post("/session/invitation", json=body | {"name": "olga"})
    assert again.status_code == 401
    assert await roles(world, project) == {"mara": "member"}
    assert good(await world.admin.get(f"/projects/{project}/invitations"))["data"] == []
    right = {"name": "mara", "password": PASSWORD}
    assert (await world.browser().post("/session/password", json=right)).is_success


async def test_a_name_that_is_taken_leaves_the_invitation_open(world: World) -> None:
    _, secret = await invite(world, await world.default_project())
    body = {"secret": secret, "name": "admin", "password": PASSWORD}
    assert (await world.browser().post("/session/invitation", json=body)).status_code == 409
    assert (
        await world.browser().post("/session/invitation", json=body | {"name": "mara"})
    ).is_success


async def test_who_has_an_account_joins_and_loses_no_role(world: World) -> None:
    project = await world.default_project()
    mara = await world.person("mara", {project: "admin"})
    olga = await world.person("olga")
    for client, expected in ((mara, "admin"), (olga, "viewer")):
        _, secret = await invite(world, project, "viewer")
        joined = good(await client.post("/invitations:accept", json={"secret": secret}))
        assert joined["role"] == expected
    assert await roles(world, project) == {"mara": "admin", "olga": "viewer"}


async def test_revoked_and_expired_invitations_are_worthless(world: World) -> None:
    project = await world.default_project()
    elsewhere = await world.new_project("elsewhere")
    revoked, secret = await invite(world, project)
    path = f"/projects/{elsewhere}/invitations/{revoked}"
    assert (await world.admin.delete(path)).status_code == 404
    assert (await world.admin.delete(path.replace(elsewhere, project))).status_code == 204
    _, late = await invite(world, project)
    async with world.parts.database.writing() as session:
        await session.execute(update(Invitation).values(expires_at=datetime.now(UTC)))
    mara = await world.person("mara")
    for worthless in (secret, late, "guess"):
        response = await mara.post("/invitations:accept", json={"secret": worthless})
        assert response.status_code == 401


async def test_a_role_is_given_changed_and_taken(world: World) -> None:
    project = await world.default_project()
    mara = await world.person("mara")
    mara_id = good(await mara.get("/session"))["id"]
    path = f"/projects/{project}/members/{mara_id}"
    assert (await mara.get("/runs")).status_code == 403
    assert (await mara.put(path, json={"role": "admin"})).status_code == 403
    good(await world.admin.put(path, json={"role": "viewer"}))
    assert (await mara.get("/runs")).status_code == 200
    good(await world.admin.put(path, json={"role": "admin"}))
    assert good(await mara.get("/session"))["roles"] == {project: "admin"}
    assert (await world.admin.delete(path)).status_code == 204
    assert (await world.admin.delete(path)).status_code == 404
    assert (await mara.get("/runs")).status_code == 403
