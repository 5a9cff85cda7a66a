"""A browser builds a study in the form, sees it through, and compares its arms."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.chromium import chromium, follow, patience, visitor
from tests.installation import Installation

RECIPE = """name: two-ways
seed: 3
runs:
  rlvr: {kind: rlvr, policy: {model: base}, data: tiny, steps: 3, samples_every: 1}
  test: {kind: evaluate, policy: {run: rlvr}, data: tiny}
"""


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """A server and a worker of two slots with the fake engine."""
    installation = Installation(tmp_path_factory.mktemp("studies") / "home")
    try:
        installation.start_server()
        installation.register()
        installation.start_worker(slots=2)
        yield installation
    finally:
        installation.close()


@pytest.fixture
def page(served: Installation) -> Iterator[Page]:
    with chromium() as browser, visitor(browser) as page, patience(30_000):
        with served.client as client:
            follow(page, client.sign_in_link().url)
        yield page


def test_a_study_is_built_in_the_form_and_its_arms_are_compared(page: Page) -> None:
    page.get_by_role("link", name="Launch", exact=True).click()
    page.get_by_role("radio", name="YAML").click()
    page.get_by_test_id("yaml").fill(RECIPE)
    page.get_by_role("button", name="Vary a setting").click()
    varied = page.get_by_test_id("varied-setting")
    varied.get_by_role("combobox", name="Setting").fill("rlvr.algorithm")
    varied.get_by_role("button", name="grpo", exact=True).click()
    varied.get_by_role("button", name="dapo").click()
    expect(varied.get_by_role("textbox", name="Values")).to_have_value("grpo, dapo")
    page.get_by_role("button", name="Seeds (5)").click()
    builder = page.get_by_test_id("arm-builder")
    seeds = builder.get_by_role("textbox", name="Seeds")
    expect(seeds).to_have_value("3, 4, 5, 6, 7")
    seeds.fill("0, 1")
    builder.get_by_role("textbox", name="Most runs at once").fill("2")
    expect(page.get_by_test_id("total-runs")).to_have_text("8 runs")
    expect(page.get_by_test_id("planned-study")).to_contain_text("2 arms × 2 seeds")
    page.reload()
    expect(page.get_by_test_id("total-runs")).to_have_text("8 runs")

    page.get_by_test_id("launch").click()
    study = page.get_by_test_id("study")
    expect(study).to_be_visible(timeout=30_000)
    expect(page.get_by_test_id("study-table").locator("td")).to_have_count(4)
    expect(study).to_have_attribute("data-state", "succeeded", timeout=240_000)
    for arm, seed in (("grpo", 0), ("grpo", 1), ("dapo", 0), ("dapo", 1)):
        expect(page.get_by_test_id(f"cell-{arm}-{seed}")).to_contain_text("2/2")
    expect(page.get_by_test_id("arm-dapo").get_by_test_id("seeds")).to_have_text("2 seeds")

    page.get_by_test_id("compare-rlvr").click()
    settings = page.get_by_test_id("differing-settings")
    expect(settings).to_contain_text("rlvr.algorithm.kind")
    expect(settings).not_to_contain_text("steps")
    chart = page.get_by_test_id("chart-loss")
    expect(chart.locator("tbody tr")).to_have_count(2)
    expect(page.get_by_test_id("arm-rlvr-dapo")).to_contain_text("2 seeds")
    page.get_by_role("button", name="Fold seeds").click()
    expect(page.get_by_test_id("compared-runs").locator("li")).to_have_count(4)
    expect(chart.locator("tbody tr")).to_have_count(4)
    expect(page.get_by_test_id("same-items")).to_have_attribute("data-item", "item-1")
    page.get_by_role("button", name="Item after").click()
    expect(page.get_by_test_id("same-items")).to_have_attribute("data-item", "item-2")
    # The address holds all of it.
    address = page.url
    page.goto(address)
    expect(page.get_by_test_id("same-items")).to_have_attribute("data-item", "item-2")
    expect(page.get_by_test_id("compared-runs").locator("li")).to_have_count(4)
