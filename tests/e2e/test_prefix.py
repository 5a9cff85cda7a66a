"""The whole of it below a path of somebody's host, behind a real reverse proxy."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import expect

from prism_client.client import Client
from tests.e2e.chromium import chromium, follow, visitor
from tests.installation import Installation, free_port
from tests.services.proxy import running_proxy
from tests.worker.recipes import sft

PREFIX = "/prism"


@pytest.fixture(scope="module")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """A server that knows its public address, and a worker that knows no other."""
    port = free_port()
    url = f"http://127.0.0.1:{port}{PREFIX}"
    installation = Installation(tmp_path_factory.mktemp("prefix") / "home", PRISM_URL=url)
    try:
        installation.start_server()
        installation.register()
        with running_proxy(installation.port, PREFIX, takes_off=True, port=port):
            installation.start_worker()
            yield installation
    finally:
        installation.close()


def public(installation: Installation) -> Client:
    token = (installation.home / "token").read_text().strip()
    return Client(installation.environment["PRISM_URL"], token)


def test_clients_and_workers_reach_the_server_below_the_prefix(installation: Installation) -> None:
    with public(installation) as client:
        pipeline = client.launch({"name": "below", "runs": {"sft": sft(6)}})
        assert [seen.state for seen in client.wait(pipeline.id)][-1] == "succeeded"
        assert client.results(pipeline.id).arms == []


@pytest.mark.parametrize("takes_off", [True, False])
def test_answers_point_below_the_prefix(installation: Installation, takes_off: bool) -> None:
    token = (installation.home / "token").read_text().strip()
    headers = {"Authorization": f"Bearer {token}"}
    with running_proxy(installation.port, PREFIX, takes_off=takes_off) as port:
        url = f"http://127.0.0.1:{port}"
        body = {"recipe": {"name": "below", "runs": {"sft": sft(3)}}}
        answer = httpx.post(f"{url}{PREFIX}/api/v1/pipelines", json=body, headers=headers)
        place = answer.headers["location"]
        assert place == f"{PREFIX}/api/v1/pipelines/{answer.json()['id']}"
        assert httpx.get(url + place, headers=headers).json()["name"] == "below"
        assert httpx.get(f"{url}/api/v1/health").status_code == 404
        page = httpx.get(f"{url}{PREFIX}/pipelines/pip_1").text
        assert f'content="{PREFIX}"' in page
        assert f'src="{PREFIX}/assets/' in page


def test_a_browser_signs_in_watches_and_reloads_below_the_prefix(
    installation: Installation, tmp_path: Path
) -> None:
    with public(installation) as client:
        pipeline = client.launch({"name": "watched", "runs": {"sft": sft(40)}})
        link = client.sign_in_link().url
    url = installation.environment["PRISM_URL"]
    assert link.startswith(f"{url}/sign-in#")
    asked: list[str] = []
    with chromium() as browser, visitor(browser) as page:
        page.on("request", lambda request: asked.append(request.url))
        follow(page, link)
        page.get_by_role("link", name="Runs", exact=True).click()
        expect(page).to_have_url(re.compile(f"^{re.escape(url)}/runs"))
        page.goto(f"{url}/pipelines/{pipeline.id}")
        settled = page.get_by_test_id("pipeline")
        expect(settled).to_have_attribute("data-state", "succeeded", timeout=60_000)
        page.reload()
        expect(settled).to_have_attribute("data-state", "succeeded")
    assert [address for address in asked if not address.startswith(f"{url}/")] == []
    assert any("/api/v1/stream?" in address for address in asked)
    assert any("/assets/" in address for address in asked)
