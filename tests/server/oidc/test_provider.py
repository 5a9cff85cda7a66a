"""Signing in by a provider that runs as a process, through its own pages."""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from hashlib import sha256
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from httpx import AsyncClient, Response
from sqlalchemy import select, update

from server.errors import ProviderFailed
from server.oidc.provider import Provider
from server.settings import Settings
from server.tables import AccountLink, OidcFlow, Session
from tests.server.conftest import FAKE_ENGINE
from tests.server.world import World, good
from tests.services.oidc import running_provider

BACK = "http://127.0.0.1:8420/api/v1/session/oidc/callback"
CLIENT = {"oidc_client_id": "prism", "oidc_client_secret": "a-client-secret"}


@pytest.fixture(scope="module")
def issuer() -> Iterator[str]:
    with running_provider() as issuer:
        yield issuer


@pytest.fixture
async def world(settings: Settings, issuer: str) -> AsyncIterator[World]:
    """The application, configured to trust the provider."""
    configured = settings.model_copy(update={"oidc_issuer": issuer, "oidc_name": "Ours", **CLIENT})
    async with World.started(configured, FAKE_ENGINE) as world:
        yield world


def answer_of(page: str, subject: str) -> str:
    """Sign in on the provider's page as a person would; return where it sends the browser."""
    response = httpx.post(page, data={"sub": subject})
    assert response.status_code == 302, response.text
    return response.headers["location"]


async def begin(browser: AsyncClient, path: str = "/session/oidc") -> str:
    return str(good(await browser.post(path))["url"])


async def come_back(browser: AsyncClient, answer: str) -> Response:
    parts = urlsplit(answer)
    assert parts.path == "/api/v1/session/oidc/callback"
    query = {name: value for name, (value,) in parse_qs(parts.query).items()}
    return await browser.get("/session/oidc/callback", params=query)


async def sign_in(world: World, subject: str) -> AsyncClient:
    browser = world.browser()
    response = await come_back(browser, answer_of(await begin(browser), subject))
    assert response.status_code == 303
    assert response.headers["location"] == "../../../../"
    return browser


def refused(response: Response) -> bool:
    return response.headers["location"].endswith("failed=provider")


async def test_the_sign_in_page_learns_of_the_provider(world: World) -> None:
    assert good(await world.anybody.get("/session/ways")) == {"provider": "Ours"}
    page = await begin(world.browser())
    query = parse_qs(urlsplit(page).query)
    assert query["code_challenge_method"] == ["S256"]
    assert query["response_type"] == ["code"]
    assert query["redirect_uri"] == ["http://127.0.0.1:8420/api/v1/session/oidc/callback"]


async def test_a_person_gets_an_account_without_a_role_and_comes_back_to_it(world: World) -> None:
    first = good(await (await sign_in(world, "mara@example.org")).get("/session"))
    again = good(await (await sign_in(world, "mara@example.org")).get("/session"))
    assert (first["name"], first["roles"], first["administrator"]) == (
        "mara@example.org", {}, False,
    )  # fmt: skip
    assert again["id"] == first["id"]
    other = good(await (await sign_in(world, "Mara@Example.org")).get("/session"))
    # Another subject is another person, whatever it calls itself.
    assert (other["id"] != first["id"], other["name"]) == (True, "mara@example.org-2")


async def test_an_account_here_is_not_given_to_who_bears_its_name_there(world: World) -> None:
    found = good(await (await sign_in(world, "admin")).get("/session"))
    assert (found["name"], found["administrator"]) == ("admin-2", False)


async def test_one_links_the_account_there_to_ones_own(world: World) -> None:
    link = good(await world.admin.post("/session/links"))["url"].partition("#")[2]
    browser = world.browser()
    good(await browser.post("/session", json={"secret": link}))
    answer = answer_of(await begin(browser, "/session/oidc/link"), "the-admin")
    assert not refused(await come_back(browser, answer))
    assert good(await (await sign_in(world, "the-admin")).get("/session"))["administrator"]
    async with world.parts.database.reading() as session:
        (row,) = (await session.scalars(select(AccountLink))).all()
        assert (row.issuer, row.subject) == (world.settings.oidc_issuer, "the-admin")


async def test_an_answer_counts_once_in_the_browser_that_asked_and_in_time(world: World) -> None:
    browser = world.browser()
    answer = answer_of(await begin(browser), "mara")
    # Somebody who was given the answer, as in a forged link, is not signed in by it.
    victim = world.browser()
    await begin(victim)
    assert refused(await come_back(victim, answer))
    assert not refused(await come_back(browser, answer))
    assert refused(await come_back(browser, answer))
    late = world.browser()
    answer = answer_of(await begin(late), "mara")
    async with world.parts.database.writing() as session:
        await session.execute(update(OidcFlow).values(expires_at=datetime.now(UTC)))
    assert refused(await come_back(late, answer))
    async with world.parts.database.reading() as session:
        assert len((await session.scalars(select(Session))).all()) == 1


async def test_an_answer_with_another_nonce_is_refused(world: World) -> None:
    browser = world.browser()
    answer = answer_of(await begin(browser), "mara")
    async with world.parts.database.writing() as session:
        await session.execute(update(OidcFlow).values(nonce="another"))
    assert refused(await come_back(browser, answer))


async def test_the_verifier_goes_with_the_code_and_hashes_to_the_challenge(issuer: str) -> None:
    sent: list[bytes] = []

    class Listener(httpx.AsyncHTTPTransport):
        async def handle_async_request(self, request: httpx.Request) -> Response:
            sent.append(await request.aread())
            return await super().handle_async_request(request)

    provider = Provider(issuer, "prism", "a-client-secret", BACK, Listener())
    page = await provider.authorization_url("state", "nonce", "v" * 43)
    (challenge,) = parse_qs(urlsplit(page).query)["code_challenge"]
    (code,) = parse_qs(urlsplit(answer_of(page, "mara")).query)["code"]
    person = await provider.person(code, "v" * 43, "nonce")
    assert (person.subject, person.name) == ("mara", "mara")
    (verifier,) = parse_qs(sent[1].decode())["code_verifier"]
    hashed = urlsafe_b64encode(sha256(verifier.encode()).digest()).rstrip(b"=").decode()
    assert hashed == challenge


def tampered(token: str) -> str:
    head, body, signature = token.split(".")
    part = urlsafe_b64decode(body + "==").decode().replace('"mara"', '"admin"')
    return ".".join([head, urlsafe_b64encode(part.encode()).decode().rstrip("="), signature])


async def test_a_token_that_was_changed_on_its_way_is_refused(issuer: str) -> None:
    class Meddler(httpx.AsyncBaseTransport):
        """Changes the identity token of every answer that has one."""

        async def handle_async_request(self, request: httpx.Request) -> Response:
            async with httpx.AsyncClient() as client:
                answer = await client.send(
                    client.build_request(
                        request.method, request.url, headers=request.headers,
                        content=await request.aread(),
                    )
                )  # fmt: skip
            found = answer.json()
            if "id_token" in found:
                found["id_token"] = self.change(found["id_token"])
            return Response(answer.status_code, json=found)

        change = staticmethod(tampered)

    class Unsigned(Meddler):
        @staticmethod
        def change(token: str) -> str:
            header = urlsafe_b64encode(b'{"alg":"none"}').decode().rstrip("=")
            return f"{header}.{token.split('.')[1]}."

    for meddler in (Meddler(), Unsigned()):
        provider = Provider(issuer, "prism", "a-client-secret", BACK, meddler)
        page = await provider.authorization_url("state", "nonce", "v" * 43)
        code = parse_qs(urlsplit(answer_of(page, "mara")).query)["code"][0]
        with pytest.raises(ProviderFailed, match="identity token is not good"):
            await provider.person(code, "v" * 43, "nonce")


async def test_a_provider_that_calls_itself_otherwise_is_refused(issuer: str) -> None:
    provider = Provider(f"{issuer}/", "prism", "s", "http://127.0.0.1/back")
    with pytest.raises(ProviderFailed, match="calls itself"):
        await provider.authorization_url("state", "nonce", "v" * 43)


@pytest.mark.parametrize(
    ("description", "word"),
    [
        ({"issuer": "http://provider", "authorization_endpoint": "http://provider/a"}, "jwks_uri"),
        (["no", "object"], "gave no good answer"),
    ],
)
async def test_a_description_that_lacks_something_is_the_providers_fault(
    description: object, word: str
) -> None:
    transport = httpx.MockTransport(lambda _: Response(200, json=description))
    provider = Provider("http://provider", "prism", "s", BACK, transport)
    with pytest.raises(ProviderFailed, match=word):
        await provider.authorization_url("state", "nonce", "v" * 43)
