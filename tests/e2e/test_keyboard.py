"""Every flow by keyboard alone: no pointer, a focus that is seen, and dialogs that give it back."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from PIL import Image
from playwright.sync_api import Browser, Locator, Page, expect

from tests.e2e.flows import World, ended, signed_in, working
from tests.worker.recipes import EVALUATE, LONG, sft

FARTHEST = 120
"""Presses of Tab: nothing that one wants on a page is farther away."""

UNSEEN = """() => {
    const element = document.activeElement;
    const {outlineStyle, outlineWidth} = getComputedStyle(element);
    const box = element.getBoundingClientRect();
    const seen = outlineStyle !== "none" && parseFloat(outlineWidth) > 0 && box.width > 0;
    return seen || element === document.body ? "" : element.outerHTML.slice(0, 300);
}"""
"""What has the focus, if that is not to be seen; asked at once, before the page changes."""

GAME = {"policy": {"model": "base"}, "data": "tiny"}
COPIED = "async (begins) => (await navigator.clipboard.readText()).startsWith(begins)"


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    home = tmp_path_factory.mktemp("keyboard") / "home"
    # Slow steps: what is watched goes on however long a busy machine takes to press the keys.
    with working(home, "--step-seconds", "0.1") as installation:
        yield ended(
            installation,
            sft=sft(6, every=2),
            test=EVALUATE,
            warmup={"kind": "warmup", "steps": 1, **GAME},
            align={"kind": "align", "steps": 2, "discriminator": {"run": "warmup"}, **GAME},
        )


@pytest.fixture
def page(browser: Browser, world: World) -> Iterator[Page]:
    clipboard = ["clipboard-read", "clipboard-write"]
    with signed_in(browser, world.installation, permissions=clipboard) as page:
        yield page


def test_a_recipe_is_written_changed_in_the_form_and_launched(page: Page, world: World) -> None:
    press(page, "g", "l")
    view = page.get_by_role("radio", name="Form")
    tab_to(page, view)
    press(page, "ArrowRight", "Space")
    text = page.get_by_label("Recipe as YAML")
    tab_to(page, text)
    page.keyboard.press("Control+a")
    page.keyboard.insert_text(yaml.safe_dump({"name": "typed", "runs": {"sft": sft(LONG)}}))
    tab_to(page, page.get_by_role("radio", name="YAML"), back=True)
    press(page, "ArrowLeft", "Space")
    card = page.get_by_test_id("run-card-sft")
    tab_to(page, card.locator("summary").first)
    press(page, "Enter")
    steps = card.get_by_test_id("field-runs.sft.steps").get_by_role("textbox")
    tab_to(page, steps)
    page.keyboard.press("Control+a")
    page.keyboard.type("nonsense")
    expect(page.get_by_test_id("problems")).to_contain_text("steps")
    # The problem leads to its field, which has the focus then.
    tab_to(page, page.get_by_test_id("problems").get_by_role("button").first)
    press(page, "Enter")
    expect(steps).to_be_focused()
    page.keyboard.press("Control+a")
    page.keyboard.type("1900")
    launch = page.get_by_role("button", name="Launch", exact=True)
    expect(launch).to_be_enabled()
    tab_to(page, launch)
    press(page, "Enter")
    page.wait_for_url("**/pipelines/**")
    expect(page.get_by_test_id("run-header")).to_contain_text("of 1900")


def test_a_run_is_watched_its_curves_looked_into_and_ended(page: Page, world: World) -> None:
    pipeline = world.installation.launch(sft=sft(LONG))
    world.installation.at_step(pipeline.runs[0].id, 8)
    page.goto(f"{world.url}/pipelines/{pipeline.id}")
    canvas = page.get_by_test_id("chart-loss").get_by_test_id("canvas")
    expect(canvas).to_have_attribute("data-steps", re.compile("^1-"))
    tab_to(page, page.get_by_role("radio", name="Steps"))
    tab_to(page, page.get_by_role("button", name="Log scale"))
    press(page, "Space")
    expect(page.get_by_role("button", name="Log scale")).to_have_attribute("aria-pressed", "true")
    press(page, "Space", "+")
    whole = page.get_by_test_id("whole-run")
    expect(whole).to_contain_text(re.compile(r"Steps \d+ to \d+"))
    newest = whole.inner_text()
    press(page, ",")
    expect(whole).not_to_have_text(newest)
    press(page, "0")
    expect(whole).to_have_count(0)

    stop = page.get_by_role("button", name="Stop and save")
    tab_to(page, stop)
    cancel = page.get_by_role("button", name="Cancel run")
    tab_to(page, cancel)
    press(page, "Enter")
    asked = page.get_by_role("alertdialog")
    expect(asked.get_by_role("button", name="Go back")).to_be_focused()
    # Nothing behind the dialog is reached, and Escape gives the focus back.
    for _ in range(4):
        press(page, "Tab")
        assert asked.locator(":focus").count() == 1
    press(page, "Escape")
    expect(asked).to_have_count(0)
    expect(cancel).to_be_focused()
    tab_to(page, stop, back=True)
    press(page, "Enter")
    expect(page.get_by_test_id("pipeline")).to_have_attribute("data-state", "stopped")


def test_samples_are_gone_through(page: Page, world: World) -> None:
    page.goto(f"{world.url}/pipelines/{world.ended.id}?run=sft")
    charts = page.get_by_role("tab", name="Charts")
    tab_to(page, charts)
    press(page, "ArrowRight")
    samples = page.get_by_test_id("samples")
    expect(samples).to_have_attribute("data-step", "6")
    press(page, "[")
    expect(samples).to_have_attribute("data-step", "4")
    press(page, "]", "w")
    expect(page.get_by_role("radio", name=re.compile("^Wrong"))).to_have_attribute(
        "aria-checked", "true"
    )
    press(page, "w", "m")
    expect(page.get_by_role("radio", name=re.compile("^Malformed"))).to_have_attribute(
        "aria-checked", "true"
    )
    press(page, "a", "f")
    expect(page.get_by_role("button", name="Following: 1 step")).to_be_visible()
    press(page, "f")
    tab_to(page, page.get_by_role("button", name="Rollout 2"))
    press(page, "Enter")
    expect(page.get_by_role("region", name="Rollout")).to_contain_text("wrong")
    press(page, "?")
    keys = page.get_by_role("dialog", name="Keys")
    for does in ("Next item", "Step before", "Follow the item", "Go to Runs"):
        expect(keys).to_contain_text(does)
    press(page, "Escape")
    expect(page.get_by_role("button", name="Rollout 2")).to_be_focused()


def test_runs_are_chosen_compared_and_tagged(page: Page, world: World) -> None:
    press(page, "g", "r")
    tab_to(page, page.get_by_role("tab", name="Pipelines"))
    press(page, "ArrowRight", "ArrowRight")
    expect(page.get_by_test_id("runs")).to_be_visible()
    press(page, "/")
    both = [run.id for run in world.ended.runs if run.kind in ("sft", "align")]
    page.keyboard.type(f"id in ({', '.join(both)})")
    press(page, "Enter", "Escape")
    expect(page.get_by_test_id("runs")).to_have_attribute("data-rows", "2")
    tab_to(page, page.get_by_role("button", name="Columns"))
    press(page, "Enter")
    find = page.get_by_label("Find a column")
    expect(find).to_be_focused()
    page.keyboard.type("loss")
    tab_to(page, page.get_by_role("checkbox", name="Loss", exact=True))
    press(page, "Space", "Escape")
    expect(page.get_by_role("button", name="Columns")).to_be_focused()
    expect(page.get_by_role("columnheader", name="Loss", exact=True)).to_be_visible()

    for key in "jxjx":
        press(page, key)
    expect(page.get_by_test_id("selection")).to_contain_text("2 chosen")
    press(page, "c")
    expect(page.get_by_role("heading", name="Compare 2 runs")).to_be_visible()
    tab_to(page, page.get_by_role("button", name="Smooth"))
    press(page, "Space")
    expect(page).to_have_url(re.compile("smooth=true"))
    tab_to(page, page.get_by_test_id("compared-runs").get_by_role("link").first, back=True)
    press(page, "Enter")
    expect(page.get_by_test_id("run-header")).to_be_visible()


def test_a_run_is_archived_and_its_pipeline_launched_again(page: Page, world: World) -> None:
    page.goto(f"{world.url}/pipelines/{world.ended.id}?run=sft")
    archive = page.get_by_test_id("archive-run")
    tab_to(page, archive)
    for deed in ("Unarchive", "Archive"):
        press(page, "Enter")
        expect(archive).to_have_text(deed)
        expect(archive).to_be_focused()
    clone = page.get_by_role("button", name="Clone")
    tab_to(page, clone, back=True)
    press(page, "Enter", "Escape")
    expect(clone).to_be_focused()
    press(page, "Enter")
    tab_to(page, page.get_by_role("button", name="Launch again"))
    press(page, "Enter")
    expect(page.get_by_test_id("forked-from")).to_contain_text("without a change")
    # Nobody waits for it.
    clone_id = page.url.rpartition("/")[2].partition("?")[0]
    world.ask("POST", f"/pipelines/{clone_id}/cancel")


def test_a_checkpoint_is_promoted_and_asked_about_an_image(
    page: Page, world: World, tmp_path: Path
) -> None:
    page.goto(f"{world.url}/pipelines/{world.ended.id}?run=sft&tab=checkpoints")
    exported = page.get_by_test_id("checkpoints").get_by_role("row").filter(has_text="exported")
    promote = exported.get_by_role("button", name="Promote")
    tab_to(page, promote)
    press(page, "Enter")
    expect(page.get_by_label("Name in the project")).to_be_focused()
    page.keyboard.press("Control+a")
    page.keyboard.type("paper")
    press(page, "Enter")
    name = exported.get_by_role("button", name="Take the name paper away")
    expect(name).to_be_visible()
    expect(promote).to_be_focused()
    tab_to(page, name, back=True)
    press(page, "Enter")
    expect(name).to_have_count(0)
    expect(promote).to_be_focused()

    tab_to(page, exported.get_by_role("link", name="Try it"))
    press(page, "Enter")
    photo = tmp_path / "cups.png"
    Image.linear_gradient("L").save(photo)
    files = page.get_by_label("PNG, JPEG or WebP")
    # Whoever listens all the time misses no choice: listening anew takes the browser a moment.
    page.on("filechooser", lambda _: None)
    tab_to(page, files)
    choose_file(page, "Enter", photo)
    tab_to(page, page.get_by_role("button", name="Remove image 1"), back=True)
    press(page, "Enter")
    expect(files).to_be_focused()
    choose_file(page, "Space", photo)
    tab_to(page, page.get_by_role("textbox", name="Question"))
    page.keyboard.type("How many cups?")
    before = page.get_by_label("Before")
    tab_to(page, before)
    press(page, "Home")
    expect(before).to_have_value("")
    ask = page.get_by_role("button", name="Ask", exact=True)
    tab_to(page, ask)
    press(page, "Enter")
    answer = page.get_by_test_id("answer-after")
    expect(answer).to_have_attribute("data-responses", "4")
    expect(ask).to_be_focused()
    tab_to(page, answer.get_by_role("button", name="Sampled 3"))
    press(page, "Enter")
    expect(answer).to_contain_text("missing caption")


def choose_file(page: Page, key: str, path: Path) -> None:
    """Open the browser's own choice of a file by a key; what is chosen there is uploaded."""
    with page.expect_file_chooser() as choosing:
        page.keyboard.press(key)
    choosing.value.set_files(path)
    expect(page.get_by_alt_text("1, as it is asked about")).to_be_visible()


def test_results_and_figures_are_taken_into_a_paper(page: Page, world: World) -> None:
    press(page, "Control+k")
    page.keyboard.type("results")
    press(page, "Enter")
    for form, begins in (("Markdown", "| Arm |"), ("CSV", "table,"), ("LaTeX", "\\begin")):
        tab_to(page, page.get_by_role("button", name=f"Copy as {form}").first)
        press(page, "Enter")
        page.wait_for_function(COPIED, arg=begins)
    subject = page.get_by_label("What the figures are of")
    tab_to(page, subject)
    press(page, "End")
    expect(subject).to_have_value(world.ended.id)
    figure = page.get_by_role("figure").first
    for ending, begins in (("SVG", b"<svg"), ("PNG", b"\x89PNG")):
        tab_to(page, figure.get_by_role("button", name=re.compile(f"Download .* as {ending}")))
        with page.expect_download() as downloading:
            page.keyboard.press("Enter")
        assert begins in downloading.value.path().read_bytes()[:200]
    tab_to(page, figure.get_by_role("button", name="Copy as CSV"))
    press(page, "Enter")
    page.wait_for_function(COPIED, arg="series,")
    tab_to(page, page.get_by_role("link", name=re.compile(r"50\.0")).first, back=True)
    press(page, "Enter")
    expect(page.get_by_role("tab", name="Samples")).to_have_attribute("aria-selected", "true")


def test_settings_are_changed(page: Page, world: World) -> None:
    press(page, "g", "s")
    tab_to(page, page.get_by_role("radio", name="Account", exact=True))
    press(page, "ArrowRight", "Space")
    name = page.get_by_label("Name", exact=True)
    tab_to(page, name)
    page.keyboard.type("by hand")
    press(page, "Enter")
    expect(page.get_by_test_id("shown-once")).to_be_visible()
    revoke = page.get_by_role("row", name="by hand").get_by_role("button", name="Revoke")
    tab_to(page, revoke)
    press(page, "Enter", "Escape")
    expect(revoke).to_be_focused()
    press(page, "Enter")
    tab_to(page, page.get_by_role("alertdialog").get_by_role("button", name="Revoke"))
    press(page, "Enter")
    expect(page.get_by_role("row", name="by hand")).to_have_count(0)

    press(page, "Control+k")
    page.keyboard.type("fleet")
    press(page, "Enter")
    worker = page.get_by_test_id("worker-one")
    tab_to(page, worker.get_by_role("button", name="Drain"))
    press(page, "Enter")
    tab_to(page, worker.get_by_role("button", name="Resume"))
    press(page, "Enter")
    expect(worker).to_contain_text("online")


@pytest.mark.parametrize("where", ["/launch", "/runs?view=runs", "/results", "/settings"])
def test_nothing_holds_the_focus(page: Page, world: World, where: str) -> None:
    """Tab comes round to where the page begins, whatever is on the way."""
    page.goto(world.url + where)
    expect(page.locator("main")).not_to_contain_text("Loading")
    skip = page.get_by_role("link", name="Skip to the page")
    tab_to(page, skip)
    press(page, "Tab")
    tab_to(page, skip)


def press(page: Page, *keys: str) -> None:
    """Press keys as fast as the page can follow: some move the focus in the next moment."""
    for key in keys:
        page.keyboard.press(key)
        page.evaluate("() => new Promise((done) => setTimeout(done))")


def tab_to(page: Page, target: Locator, *, back: bool = False) -> None:
    """Press Tab until the target has the focus, which is to be seen wherever it is on the way."""
    expect(target).to_be_visible()
    for _ in range(FARTHEST):
        if target.evaluate("element => element === document.activeElement"):
            return
        page.keyboard.press("Shift+Tab" if back else "Tab")
        assert not (unseen := page.evaluate(UNSEEN)), unseen
    raise AssertionError(f"Tab does not reach {target}")
