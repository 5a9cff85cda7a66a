from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from httpx import AsyncClient
from sqlalchemy import select, update

from server.tables import Session, SignInSecret, Token
from server.users.installation import install
from tests.server.world import World, good

ORIGIN = {"Origin": "http://localhost"}


async def link(world: World) -> str:
    url = str(good(await world.admin.post("/session/links"))["url"])
    assert url.startswith("http://127.0.0.1:8420/sign-in#")
    return url.partition("#")[2]


async def signed_in(world: World) -> AsyncClient:
    body = {"secret": await link(world)}
    response = await world.anybody.post("/session", json=body, headers=ORIGIN)
    assert response.status_code == 200
    cookie = response.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    return world.anybody


async def test_a_link_signs_one_browser_in_once(world: World) -> None:
    secret = await link(world)
    first = await world.anybody.post("/session", json={"secret": secret})
    second = await world.anybody.post("/session", json={"secret": secret}, headers=ORIGIN)
    assert first.json()["administrator"] is True
    assert second.status_code == 401
    assert good(await world.anybody.get("/session"))["name"] == "admin"


async def test_a_link_is_good_for_ten_minutes(world: World) -> None:
    secret = await link(world)
    async with world.parts.database.writing() as session:
        expires = (await session.scalars(select(SignInSecret.expires_at))).one()
        assert timedelta(minutes=9) < expires - datetime.now(UTC) <= timedelta(minutes=10)
        await session.execute(update(SignInSecret).values(expires_at=datetime.now(UTC)))
    response = await world.anybody.post("/session", json={"secret": secret})
    assert response.status_code == 401


async def test_signing_out_ends_the_session(world: World) -> None:
    browser = await signed_in(world)
    stolen = browser.cookies["prism_session"]
    assert (await browser.delete("/session", headers=ORIGIN)).status_code == 204
    browser.cookies.set("prism_session", stolen, domain="localhost.local")
    assert (await browser.get("/session")).status_code == 401


async def test_an_expired_session_opens_nothing(world: World) -> None:
    browser = await signed_in(world)
    async with world.parts.database.writing() as session:
        await session.execute(update(Session).values(expires_at=datetime.now(UTC)))
    assert (await browser.get("/session")).status_code == 401


async def test_another_site_cannot_use_the_session(world: World) -> None:
    browser = await signed_in(world)
    body = {"name": "mine"}
    for headers in ({}, {"Origin": "http://evil.example"}, {"Origin": "null"}):
        for method in ("POST", "PUT", "DELETE", "PATCH"):
            response = await browser.request(method, "/projects", json=body, headers=headers)
            assert response.status_code == 403, (method, headers)
    assert (await browser.post("/projects", json=body, headers=ORIGIN)).status_code == 201


async def test_a_name_that_is_not_ours_is_refused(world: World) -> None:
    for host in ("evil.example", "localhost.evil.example", "127.0.0.1.nip.io", "[", ""):
        response = await world.admin.get("/session", headers={"Host": host})
        assert response.status_code == 403, host
    for host in ("localhost:8420", "127.0.0.1", "[::1]:80"):
        assert (await world.admin.get("/session", headers={"Host": host})).is_success, host


async def test_only_hashes_are_kept(world: World) -> None:
    browser = await signed_in(world)
    async with world.parts.database.reading() as session:
        kept = {
            *await session.scalars(select(Session.digest)),
            *await session.scalars(select(Token.digest)),
            *await session.scalars(select(SignInSecret.digest)),
        }
    secret = (world.settings.home / "token").read_text().strip()
    assert not {secret, browser.cookies["prism_session"]} & kept
    assert all(len(digest) == 64 for digest in kept)


async def test_a_revoked_token_opens_nothing(world: World) -> None:
    async with world.parts.database.writing() as session:
        await session.execute(update(Token).values(revoked_at=datetime.now(UTC)))
    assert (await world.admin.get("/session")).status_code == 401


async def test_a_first_start_leaves_secret_files_and_a_second_leaves_them_alone(
    world: World, tmp_path: Path
) -> None:
    home = world.settings.home
    files = {name: (home / name).read_text() for name in ("key", "token", "worker-token")}
    assert all((home / name).stat().st_mode & 0o777 == 0o600 for name in files)
    async with world.parts.database.writing() as session:
        await install(session, home)
    assert {name: (home / name).read_text() for name in files} == files
    async with world.parts.database.reading() as session:
        assert len((await session.scalars(select(Token))).all()) == 2


async def test_every_answer_carries_the_security_headers(world: World) -> None:
    for path in ("/health", "/nowhere", "http://localhost/"):
        headers = (await world.anybody.get(path)).headers
        assert headers["x-content-type-options"] == "nosniff"
        assert "script-src 'self'" in headers["content-security-policy"]
        assert "frame-ancestors 'none'" in headers["content-security-policy"]
        assert headers["x-request-id"].startswith("req_")
