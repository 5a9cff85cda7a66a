"""Somebody who has read nothing: from the link to an exported table, by what the pages say."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from bench.miniature import DATA_SETS
from tests.e2e.chromium import chromium, patience, visitor
from tests.installation import Installation

PATIENCE = 120_000
"""Milliseconds; eleven engines start one after the other, which a busy machine takes long for."""
PICTURES = Path(__file__).parents[2] / "test-artifacts" / "first-time"


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """A server that knows the miniature's names, and a worker of two slots."""
    home = tmp_path_factory.mktemp("first-time") / "home"
    # Nothing is lost here, and a busy machine must not look as if something were.
    installation = Installation(home, PRISM_LEASE_SECONDS="30", PRISM_HEARTBEAT_SECONDS="1")
    try:
        installation.start_server()
        installation.register()
        with installation.client as client:
            for name in DATA_SETS:
                client.register_dataset(f"miniature-{name}", "tiny")
            client.register_model("miniature-base", "model")
        installation.start_worker("--step-seconds", "0.002", slots=2)
        yield installation
    finally:
        installation.close()


@pytest.fixture
def page(served: Installation) -> Iterator[Page]:
    """A browser before it has followed the link; fails if the page's own scripts complained."""
    clipboard = ["clipboard-read", "clipboard-write"]
    with chromium() as browser, visitor(browser, permissions=clipboard) as page, patience(30_000):
        yield page


def test_from_the_link_to_an_exported_table(page: Page, served: Installation) -> None:
    PICTURES.mkdir(parents=True, exist_ok=True)
    with served.client as client:
        page.goto(client.sign_in_link().url)

    page.get_by_role("link", name="Launch the miniature pipeline").click()
    expect(page.get_by_text("Ready: 11 runs")).to_be_visible()
    seen(page, "1-launch")
    page.get_by_role("button", name="Launch", exact=True).click()

    # The page opens on the run that is most worth watching; alignment is a click away.
    page.get_by_role("button", name="align").first.click()
    expect(page.get_by_role("figure", name="Reward gap")).to_be_visible(timeout=PATIENCE)
    seen(page, "2-reward-gap")

    page.get_by_role("tab", name="Samples").click()
    # Alignment goes on: its newest samples come by themselves.
    expect(page.get_by_text("step 40", exact=True)).to_be_visible(timeout=PATIENCE)
    page.get_by_role("radio", name="Wrong").click()
    expect(page.get_by_role("region", name="Rollout")).to_contain_text("wrong")
    seen(page, "3-wrong-sample")

    page.get_by_role("link", name="Fork miniature #1").click()
    title = page.get_by_role("heading", name="prism-grpo", exact=True)
    card = page.get_by_role("group").filter(has=title)
    title.click()
    card.get_by_role("radio", name="DAPO").click()
    expect(card).to_contain_text("8 changes")
    seen(page, "4-fork")
    page.get_by_role("button", name="Launch", exact=True).click()

    expect(page.get_by_text("11 of 11 runs done")).to_be_visible(timeout=PATIENCE)
    page.get_by_role("link", name="Compare with the original").click()
    expect(page.get_by_role("heading", name="Compare 2 runs")).to_be_visible()
    differing = page.get_by_role("row", name="rlvr.algorithm.kind grpo dapo")
    expect(differing).to_be_visible()
    seen(page, "5-compare")

    page.get_by_role("button", name="Markdown").click()
    table = page.evaluate("navigator.clipboard.readText()")
    for run in ("prism-grpo · #1", "prism-grpo · #2"):
        assert re.search(rf"^\| {run} \| .*50\.0.* \[46\.0, 54\.0\]", table, re.MULTILINE), table


def seen(page: Page, name: str) -> None:
    page.screenshot(path=PICTURES / f"{name}.png", full_page=True)
