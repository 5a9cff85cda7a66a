"""A browser launches a pipeline and watches it learn, against everything real."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest
import yaml
from axe_core_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from tests.e2e.chromium import follow, visitor
from tests.e2e.world import alignment, register_world
from tests.installation import Installation, eventually

CHART = "chart-gap"
LATEST_ALLOWED_SECONDS = 2.0
TABS = ("charts", "samples", "logs", "config", "checkpoints")


@pytest.fixture
def sign_in_link(installation: Installation) -> Iterator[str]:
    """`prism up` with one worker and the world registered; what it printed for a person."""
    command = [sys.executable, "-m", "prism_client.command", "up", "--workers", "1"]
    with (installation.home / "up.log").open("w") as output:
        up = subprocess.Popen(command, env=installation.environment, stdout=output)
    try:
        yield eventually(lambda: _link(installation), 60)
    finally:
        up.terminate()
        up.wait(timeout=60)


def _link(installation: Installation) -> str | None:
    printed = (installation.home / "up.log").read_text().replace("\n", "")
    found = re.search(r"http://127\.0\.0\.1:\d+/sign-in#[\w-]+", printed)
    return found.group() if found else None


@pytest.fixture
def page(browser: Browser, installation: Installation, sign_in_link: str) -> Iterator[Page]:
    """A browser that followed the link; fails if the page's own scripts complained."""
    register_world(installation)
    with visitor(browser) as page:
        follow(page, sign_in_link)
        yield page


def test_launch_watch_reload_and_cancel(page: Page, installation: Installation) -> None:
    launch_from_the_form(page, installation)
    canvas = page.get_by_test_id(CHART).get_by_test_id("canvas")
    expect(canvas).to_have_attribute("data-last-step", re.compile(r"^[1-9]"), timeout=90_000)

    record_drawings(page)
    run_id = page.get_by_test_id("run-header").get_attribute("data-run")
    assert run_id is not None
    wait_for_drawings(page, 3)
    watched = int(canvas.get_attribute("data-last-step") or 0)
    delays = drawing_delays(page, installation, run_id)
    assert len(delays) >= 3
    assert max(delays.values()) < LATEST_ALLOWED_SECONDS, delays
    print(json.dumps({"points": len(delays), "slowest_s": round(max(delays.values()), 3)}))

    page.reload()
    expect(canvas).to_have_attribute("data-last-step", re.compile(r"^[1-9]"), timeout=15_000)
    reloaded = int(canvas.get_attribute("data-last-step") or 0)
    assert reloaded >= watched
    wait_for_step(page, reloaded + 3)
    last = int(canvas.get_attribute("data-last-step") or 0)
    assert drawn_steps(page) == expected_steps(installation, run_id, last)

    look_closer(page)

    page.get_by_test_id("cancel-pipeline").click()
    page.get_by_test_id("confirm").click()
    expect(page.get_by_test_id("pipeline")).to_have_attribute(
        "data-state", "cancelled", timeout=30_000
    )
    assert installation.run(run_id).state == "cancelled"


def test_a_bad_recipe_is_refused_in_the_form_naming_field_and_remedy(
    page: Page, installation: Installation
) -> None:
    recipe = alignment(5)
    recipe["runs"]["align"]["discriminator"] = {"run": "align"}
    recipe["runs"]["align"]["data"] = "nowhere"
    recipe["runs"]["warmup"]["stepz"] = 3
    write_recipe(page, installation, recipe)
    problems = page.get_by_test_id("problems")
    expect(problems).to_contain_text("stepz")
    expect(problems).to_contain_text("did you mean 'steps'?")
    expect(page.get_by_test_id("launch")).to_be_disabled()

    del recipe["runs"]["warmup"]["stepz"]
    write_recipe(page, installation, recipe)
    expect(problems).to_contain_text("name one of: warmup")
    recipe["runs"]["align"]["discriminator"] = {"run": "warmup"}
    write_recipe(page, installation, recipe)
    expect(problems).to_contain_text("nowhere")
    expect(problems).to_contain_text("prism dataset register")
    with installation.client as client:
        assert list(client.pipelines()) == []


def test_a_real_run_is_accessible_and_its_policy_answers(
    page: Page, installation: Installation
) -> None:
    """What only a real engine has, such as audits and answers; `test_pages` sees the rest."""
    with installation.client as client:
        pipeline = client.launch(alignment(6))
        for ended in client.wait(pipeline.id):
            pipeline = ended
    assert pipeline.state == "succeeded", installation.logs()
    page.goto(f"{installation.url}/pipelines/{pipeline.id}?run=align")
    expect(page.get_by_test_id("audit-sentence")).to_contain_text("Game:")
    violations = {}
    for theme in ("light", "dark"):
        page.emulate_media(color_scheme=theme)
        for tab in TABS:
            page.goto(f"{installation.url}/pipelines/{pipeline.id}?run=align&tab={tab}")
            expect(page.locator("main")).to_be_visible()
            page.wait_for_timeout(400)
            found = Axe().run(page)["violations"]
            if serious := [v["id"] for v in found if v["impact"] in ("serious", "critical")]:
                violations[theme, tab] = serious
    assert violations == {}
    ask_about_a_picture(page, installation)


def ask_about_a_picture(page: Page, installation: Installation) -> None:
    """Try what the open run has trained, beside what it began with, scored by its experts."""
    folder = installation.home / "data" / "miniature" / "test" / "images"
    page.get_by_role("tab", name="Checkpoints").click()
    page.get_by_test_id("checkpoints").get_by_role("link", name="Try it").first.click()
    page.get_by_label("Choose an image").set_input_files(min(folder.iterdir()))
    expect(page.get_by_alt_text("1, as it is asked about")).to_be_visible()
    expect(page.get_by_label("Before")).to_have_value("model miniature-base")
    page.get_by_role("textbox", name="Question").fill("How many circles are there?")
    page.keyboard.press("Control+Enter")
    for position in ("before", "after"):
        answer = page.get_by_test_id(f"answer-{position}")
        expect(answer).to_have_attribute("data-responses", "4", timeout=240_000)
        for expert in "PR":
            expect(answer).to_contain_text(re.compile(rf"{expert}\s*[+−]\d"))


def look_closer(page: Page) -> None:
    """Draw over tokens, zoom into a stretch, and go back to the whole."""
    chart = page.get_by_test_id(CHART)
    page.get_by_role("radio", name="Tokens").click()
    expect(chart.get_by_test_id("canvas")).to_have_attribute("data-axis", "tokens")
    page.get_by_role("radio", name="Steps").click()
    expect(chart.get_by_test_id("canvas")).to_have_attribute("data-axis", "step")
    chart.scroll_into_view_if_needed()
    box = chart.locator(".u-over").bounding_box()
    assert box is not None
    x, y = box["x"], box["y"] + box["height"] / 2
    page.mouse.move(x + 0.2 * box["width"], y)
    page.mouse.down()
    page.mouse.move(x + 0.6 * box["width"], y, steps=5)
    page.mouse.up()
    page.get_by_test_id("whole-run").click()
    expect(page.get_by_test_id("whole-run")).to_have_count(0)


def launch_from_the_form(page: Page, installation: Installation) -> None:
    write_recipe(page, installation, alignment(6))
    page.get_by_role("radio", name="Form").click()
    card = page.get_by_test_id("run-card-align")
    card.locator("summary").first.click()
    steps = page.get_by_test_id("field-runs.align.steps").get_by_role("textbox")
    steps.fill("2000")
    expect(page.get_by_test_id("valid")).to_be_visible()
    page.get_by_test_id("launch").click()
    page.wait_for_url("**/pipelines/**")
    page.get_by_test_id("stage-align").click()


def write_recipe(page: Page, installation: Installation, recipe: dict[str, object]) -> None:
    if not page.url.endswith("/launch"):
        page.goto(f"{installation.url}/launch")
    page.get_by_role("radio", name="YAML").click()
    page.get_by_test_id("yaml").fill(yaml.safe_dump(recipe))


def record_drawings(page: Page) -> None:
    """Note the time at which the chart shows each new last step."""
    page.evaluate(
        """(chart) => {
            const figure = document.querySelector(`[data-testid="${chart}"]`);
            const canvas = figure.querySelector('[data-testid="canvas"]');
            window.drawings = {};
            new MutationObserver(() => {
                window.drawings[canvas.dataset.lastStep] ??= Date.now();
            }).observe(canvas, {attributes: true, attributeFilter: ["data-last-step"]});
        }""",
        CHART,
    )


def wait_for_drawings(page: Page, drawings: int) -> None:
    """One drawing may show several steps: a quick run reaches any step in few of them."""
    page.wait_for_function(
        "drawings => Object.keys(window.drawings).length >= drawings", arg=drawings, timeout=60_000
    )


def drawing_delays(page: Page, installation: Installation, run_id: str) -> dict[int, float]:
    """Seconds from the engine writing a step to the chart showing it."""
    (path,) = installation.folder(run_id).glob("engine/*/events.jsonl")
    written = {
        event["step"]: datetime.fromisoformat(event["at"]).timestamp()
        for event in map(json.loads, path.read_text().splitlines())
        if event["type"] == "step_finished" and "gap_perception" in event["metrics"]
    }
    drawn = {int(step): at / 1000 for step, at in page.evaluate("window.drawings").items()}
    return {step: at - written[step] for step, at in drawn.items() if step in written}


def wait_for_step(page: Page, step: int) -> None:
    page.wait_for_function(
        """([chart, step]) => Number(document.querySelector(
            `[data-testid="${chart}"] [data-testid="canvas"]`).dataset.lastStep) >= step""",
        arg=[CHART, step],
        timeout=60_000,
    )


def drawn_steps(page: Page) -> list[int]:
    """The steps on the chart's axis, from ranges such as 1-4,6."""
    ranges = page.get_by_test_id(CHART).get_by_test_id("canvas").get_attribute("data-steps")
    steps: list[int] = []
    for part in (ranges or "").split(","):
        first, _, last = part.partition("-")
        steps += range(int(first), int(last or first) + 1)
    return steps


def expected_steps(installation: Installation, run_id: str, last: int) -> list[int]:
    """The steps for which the server holds a gap, up to the last drawn."""
    with installation.client as client:
        series = client.metrics(run_id, ["gap_perception", "gap_reasoning"], points=10_000).series
    steps = {int(point[0]) for one in series for point in one.points}
    return sorted(step for step in steps if step <= last)


def test_the_link_works_once(browser: Browser, page: Page, sign_in_link: str) -> None:
    with browser.new_context() as context:
        second = context.new_page()
        second.goto(sign_in_link)
        expect(second.get_by_test_id("sign-in-help")).to_be_visible()
        expect(second.get_by_test_id("user")).to_have_count(0)


def test_a_picture_that_does_not_decode_is_refused_at_registration(
    page: Page, installation: Installation, world: Path
) -> None:
    spoiled = installation.home / "data" / "spoiled"
    shutil.copytree(world / "test", spoiled)
    victim = next((spoiled / "images").iterdir())
    victim.write_bytes(victim.read_bytes()[:40])
    done = subprocess.run(
        [sys.executable, "-m", "prism_client.command", "dataset", "register", "spoiled", "spoiled"],
        env=installation.environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert victim.name in done.stdout + done.stderr
    assert "decode" in done.stdout + done.stderr
