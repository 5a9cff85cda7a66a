"""The flows of people, tokens, webhooks and machines in the dashboard, on a real server."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.chromium import visitor
from tests.e2e.flows import World, confirm, ended, signed_in, working
from tests.worker.recipes import EVALUATE, sft


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    # Nothing is lost here, and a busy machine must not look as if something were.
    leases = {"PRISM_LEASE_SECONDS": "30", "PRISM_HEARTBEAT_SECONDS": "0.5"}
    home = tmp_path_factory.mktemp("flows") / "home"
    with working(home, **leases, PRISM_ALLOWED_ADDRESSES="127.0.0.1/32") as installation:
        yield ended(installation, sft=sft(6), test=EVALUATE)


@pytest.fixture
def page(browser: Browser, world: World) -> Iterator[Page]:
    clipboard = ["clipboard-read", "clipboard-write"]
    with signed_in(browser, world.installation, permissions=clipboard) as page:
        yield page


def test_a_worker_is_drained_and_put_back(page: Page, world: World) -> None:
    page.goto(f"{world.url}/fleet")
    worker = page.get_by_test_id("worker-one")
    worker.get_by_role("button", name="Drain").click()
    expect(worker).to_contain_text("drained")
    waiting = world.installation.launch(sft=sft(3))
    line = page.get_by_test_id(f"waiting-{waiting.runs[0].id}")
    expect(line).to_contain_text(re.compile("drain|worker", re.IGNORECASE))
    worker.get_by_role("button", name="Resume").click()
    expect(worker).to_contain_text("online")
    world.installation.in_state(waiting.runs[0].id, "succeeded")
    expect(line).to_have_count(0)
    hours = page.get_by_role("region", name="GPU-hours")
    expect(hours.get_by_role("row").nth(1)).to_contain_text("admin")
    page.get_by_role("radio", name="Run", exact=True).click()
    expect(hours).to_contain_text("test sft")

    quota = page.get_by_label("Most running runs of default")
    quota.fill("0")
    page.get_by_role("region", name="Quotas").get_by_role("button", name="Set").click()
    held = world.installation.launch(sft=sft(3)).runs[0].id
    expect(page.get_by_test_id(f"waiting-{held}")).to_contain_text("quota")
    quota.fill("")
    page.get_by_role("region", name="Quotas").get_by_role("button", name="Set").click()
    world.installation.in_state(held, "succeeded")


def test_somebody_is_invited_given_a_role_and_removed(
    page: Page, browser: Browser, world: World
) -> None:
    page.goto(f"{world.url}/settings?section=members")
    page.get_by_label("Role of who is invited").select_option("viewer")
    page.get_by_role("button", name="Make a link").click()
    link = page.get_by_test_id("shown-once").locator("code").inner_text()
    with visitor(browser) as other:
        other.goto(link)
        other.get_by_label("Name").fill("vera")
        other.get_by_label("Password").fill("a long password")
        other.get_by_role("button", name="Join").click()
        expect(other.get_by_test_id("user")).to_have_text("vera")
        other.goto(f"{world.url}/pipelines/{world.ended.id}?run=sft")
        other.get_by_role("button", name="Clone").click()
        confirm(other, "Launch again")
        expect(other.get_by_test_id("toast")).to_contain_text("right")

        page.reload()
        role = page.get_by_label("Role of vera")
        expect(role).to_have_value("viewer")
        role.select_option("member")
        page.reload()
        expect(role).to_have_value("member")
        other.get_by_role("button", name="Clone").click()
        confirm(other, "Launch again")
        expect(other.get_by_test_id("pipeline-header")).to_contain_text("by vera")

        page.get_by_role("row").filter(has=role).get_by_role("button", name="Remove").click()
        confirm(page, "Remove")
        expect(role).to_have_count(0)
        other.reload()
        expect(other.get_by_test_id("failure")).to_be_visible()


def test_a_token_is_made_used_and_revoked(page: Page, world: World) -> None:
    page.goto(f"{world.url}/settings?section=tokens")
    page.get_by_label("Name", exact=True).fill("nightly")
    page.get_by_role("button", name="Make a token").click()
    secret = page.get_by_test_id("shown-once").locator("code").inner_text()
    assert world.ask("GET", "/runs", token=secret).status_code == 200
    body = {"recipe": {"name": "no", "runs": {"sft": sft(3)}}}
    assert world.ask("POST", "/pipelines", body, token=secret).status_code == 403
    page.get_by_role("row", name="nightly").get_by_role("button", name="Revoke").click()
    confirm(page, "Revoke")
    expect(page.get_by_role("row", name="nightly")).to_have_count(0)
    assert world.ask("GET", "/runs", token=secret).status_code == 401


def test_a_webhook_is_tested_and_its_log_says_what_was_answered(page: Page, world: World) -> None:
    with receiving([500, 204]) as receiver:
        page.goto(f"{world.url}/settings?section=webhooks")
        page.get_by_label("Address").fill(receiver.url)
        page.get_by_role("button", name="Add the webhook").click()
        expect(page.get_by_test_id("shown-once")).to_contain_text("whsec_")
        hook = page.get_by_role("row", name=receiver.url)
        hook.get_by_role("button", name="Send a test").click()
        log = page.get_by_role("region", name="Deliveries")
        expect(log).to_contain_text("status 500")
        expect(log).to_contain_text("on its way")
        # The second try comes by itself.
        expect(log).to_contain_text("delivered")
        log.get_by_role("button", name="Send again").first.click()
        expect(log.get_by_role("row").nth(1).get_by_role("cell").nth(3)).to_have_text("3")
        assert len(set(receiver.ids)) == 1
        hook.get_by_role("button", name="Remove").click()
        confirm(page, "Remove")
        expect(hook).to_have_count(0)

    page.goto(f"{world.url}/settings?section=audit-log")
    page.get_by_label("What").select_option("webhook")
    log = page.get_by_role("region", name="Audit log").get_by_role("row")
    expect(log.nth(1)).to_contain_text("removed webhook")
    expect(log.nth(2)).to_contain_text("made webhook")


@dataclass
class Receiver:
    """What was posted, answered with these statuses in turn and then with the last."""

    statuses: list[int]
    url: str = ""
    ids: list[str] = field(default_factory=list)


@contextmanager
def receiving(statuses: list[int]) -> Iterator[Receiver]:
    receiver = Receiver(statuses)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["content-length"]))
            receiver.ids.append(self.headers["webhook-id"])
            self.send_response(statuses.pop(0) if len(statuses) > 1 else statuses[0])
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            """Nothing: the test's output is for the test."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        receiver.url = f"http://127.0.0.1:{server.server_port}/hook"
        Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield receiver
        finally:
            server.shutdown()
