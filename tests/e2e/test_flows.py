"""The flows of runs in the dashboard, on a real server whose engine is the fake one."""

from __future__ import annotations

import csv
import io
import os
import re
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, expect

from tests.e2e.flows import World, confirm, ended, signed_in, working, yaml_of
from tests.e2e.test_pages import look
from tests.worker.recipes import EVALUATE, LONG, WARMUP, sft


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    # Nothing is lost here, and a busy machine must not look as if something were.
    leases = {"PRISM_LEASE_SECONDS": "30", "PRISM_HEARTBEAT_SECONDS": "0.5"}
    home = tmp_path_factory.mktemp("flows") / "home"
    with working(home, **leases) as installation:
        yield ended(installation, sft=sft(6), test=EVALUATE)


@pytest.fixture
def page(browser: Browser, world: World) -> Iterator[Page]:
    clipboard = ["clipboard-read", "clipboard-write"]
    with signed_in(browser, world.installation, permissions=clipboard) as page:
        yield page


def test_a_run_is_stopped_resumed_cancelled_retried_and_begun_again(
    page: Page, world: World
) -> None:
    pipeline = world.installation.launch(sft=sft(LONG), test=EVALUATE)
    run_id = pipeline.runs[0].id
    page.goto(f"{world.url}/pipelines/{pipeline.id}?run=sft")
    stage, shown = page.get_by_test_id("stage-sft"), page.get_by_test_id("pipeline")
    world.installation.at_step(run_id, 2)
    page.get_by_role("button", name="Stop and save").click()
    expect(stage).to_have_attribute("data-state", "stopped")
    saved = world.installation.run(run_id).step or 0

    page.get_by_role("button", name="Resume").click()
    expect(stage).to_have_attribute("data-state", "running")
    world.installation.at_step(run_id, saved + 1)
    page.get_by_role("button", name="Cancel run").click()
    confirm(page, "Cancel run")
    expect(stage).to_have_attribute("data-state", "cancelled")
    expect(page.get_by_test_id("stage-test")).to_have_attribute("data-state", "cancelled")

    page.get_by_role("button", name="Retry").click()
    expect(stage).to_have_attribute("data-state", "running")
    expect(page.get_by_test_id("run-header")).to_contain_text("attempt 3")
    page.get_by_test_id("cancel-pipeline").click()
    confirm(page, "Cancel pipeline")
    expect(shown).to_have_attribute("data-state", "cancelled")

    page.get_by_role("button", name="Restart").click()
    confirm(page, "Restart")
    expect(stage).to_have_attribute("data-state", "running")
    expect(page.get_by_test_id("stage-test")).to_have_attribute("data-state", "blocked")
    world.installation.at_step(run_id, 1)
    page.get_by_test_id("cancel-pipeline").click()
    confirm(page, "Cancel pipeline")
    expect(shown).to_have_attribute("data-state", "cancelled")
    # From its beginning, and not from what it had saved.
    assert (4, 1) in world.installation.steps(run_id)


def test_a_pipeline_is_archived_cloned_and_forked(page: Page, world: World) -> None:
    page.goto(f"{world.url}/pipelines/{world.ended.id}?run=sft")
    header = page.get_by_test_id("pipeline-header")
    header.get_by_role("button", name="Archive").click()
    expect(header).to_contain_text("archived")
    page.goto(f"{world.url}/runs")
    expect(page.get_by_role("link", name="test #1")).to_have_count(0)
    page.get_by_label("Archived pipelines").check()
    page.get_by_role("link", name="test #1").click()
    header.get_by_role("button", name="Unarchive").click()
    expect(header).not_to_contain_text("archived")

    header.get_by_role("button", name="Clone").click()
    confirm(page, "Launch again")
    expect(page.get_by_test_id("forked-from")).to_contain_text("without a change")
    expect(page.get_by_test_id("pipeline")).to_have_attribute("data-state", "succeeded")

    # A fork of the one run goes on after its first checkpoint, longer than the original.
    page.goto(f"{world.url}/pipelines/{world.ended.id}?run=sft")
    page.get_by_role("link", name="Fork the run sft").click()
    page.get_by_label("Begin").select_option("after step 5")
    card = page.get_by_test_id("run-card-sft")
    card.locator("summary").first.click()
    card.get_by_test_id("field-runs.sft.steps").get_by_role("textbox").fill("9")
    expect(page.get_by_test_id("changes")).to_contain_text("6 → 9")
    page.reload()
    expect(page.get_by_test_id("changes")).to_contain_text("6 → 9")
    page.get_by_role("button", name="Launch", exact=True).click()
    expect(page.get_by_test_id("forked-from")).to_contain_text("after step 5")
    expect(page.get_by_test_id("pipeline")).to_have_attribute("data-state", "succeeded")
    run_id = page.get_by_test_id("run-header").get_attribute("data-run") or ""
    assert [step for _, step in world.installation.steps(run_id)] == [6, 7, 8, 9]


def test_a_checkpoint_is_promoted_downloaded_and_trained_on(page: Page, world: World) -> None:
    page.goto(f"{world.url}/pipelines/{world.ended.id}?run=sft&tab=checkpoints")
    exported = page.get_by_test_id("checkpoints").get_by_role("row").filter(has_text="exported")
    exported.get_by_role("button", name="Promote").click()
    page.get_by_label("Name in the project").fill("paper")
    page.get_by_label("Name of the checkpoint").get_by_role("button", name="Promote").click()
    expect(exported.get_by_role("button", name="Take the name paper away")).to_be_visible()
    with page.expect_download() as downloading:
        exported.get_by_role("link", name="Download").click()
    with tarfile.open(downloading.value.path()) as archive:
        assert any(Path(name).name == "state.json" for name in archive.getnames())

    run = sft(3) | {"policy": {"checkpoint": "paper"}}
    page.goto(f"{world.url}/launch")
    page.get_by_role("radio", name="YAML").click()
    page.get_by_test_id("yaml").fill(yaml_of("further", sft=run))
    page.get_by_role("button", name="Launch", exact=True).click()
    expect(page.get_by_test_id("pipeline")).to_have_attribute("data-state", "succeeded")
    page.get_by_role("tab", name="Lineage").click()
    expect(page.get_by_role("tabpanel")).to_contain_text("test #1")

    page.goto(f"{world.url}/pipelines/{world.ended.id}?run=sft&tab=checkpoints")
    exported.get_by_role("button", name="Take the name paper away").click()
    expect(exported.get_by_role("button", name="Take the name paper away")).to_have_count(0)


def test_a_checkpoint_answers_ones_own_question_beside_the_one_before_its_stage(
    page: Page, world: World, tmp_path: Path
) -> None:
    trained = world.installation.launch(sft=sft(3), warmup=WARMUP)
    for run in trained.runs:
        world.installation.in_state(run.id, "succeeded")
    page.goto(f"{world.url}/pipelines/{trained.id}?run=sft&tab=checkpoints")
    expect(page.get_by_test_id("run-orders").get_by_role("link", name="Try it")).to_be_visible()
    page.get_by_test_id("checkpoints").get_by_role("link", name="Try it").click()

    (tmp_path / "notes.txt").write_text("no picture")
    page.get_by_label("Choose an image").set_input_files(tmp_path / "notes.txt")
    expect(page.get_by_role("alert")).to_contain_text("not a PNG, JPEG or WebP image")
    photo = tmp_path / "cups.jpg"
    Image.linear_gradient("L").resize((320, 200)).convert("RGB").save(photo)
    page.get_by_label("Choose an image").set_input_files(photo)
    expect(page.get_by_alt_text("1, as it is asked about")).to_be_visible()
    expect(page.get_by_label("Before")).to_have_value("model base")
    page.get_by_role("textbox", name="Question").fill("How many cups?")
    page.keyboard.press("Control+Enter")

    before, after = page.get_by_test_id("answer-before"), page.get_by_test_id("answer-after")
    for answer, cups in ((before, 0), (after, 3)):
        expect(answer).to_have_attribute("data-responses", "4")
        expect(answer).to_contain_text(f"{cups} cups on a table")
    expect(after).to_contain_text("After: sft, step 3")
    # The perception expert of the fake engine gives a quarter of the checkpoint's step.
    expect(after).to_contain_text("+0.75")
    after.get_by_role("button", name="Sampled 3").click()
    expect(after).to_contain_text("missing caption")
    after.get_by_role("button", name="Greedy").click()
    assert [*look(page, "try-answers", "light"), *look(page, "try-answers", "dark")] == []

    page.reload()
    expect(page.get_by_role("textbox", name="Question")).to_have_value("How many cups?")
    expect(after).to_contain_text("3 cups on a table")
    earlier = page.get_by_test_id("questions").get_by_role("link", name="How many cups?")
    expect(earlier).to_have_attribute("aria-current", "page")
    page.goto(f"{world.url}/runs?view=runs&filter=kind = ask")
    expect(page.get_by_test_id("runs")).to_have_attribute("data-rows", "2")
    page.goto(f"{world.url}/runs?view=runs&filter=name in (before, after)")
    expect(page.get_by_text("No run is like that")).to_be_visible()


def test_tags_and_notes_are_found_again(page: Page, world: World) -> None:
    run_id = world.ended.runs[0].id
    page.goto(f"{world.url}/pipelines/{world.ended.id}?run=sft&tab=notes")
    tags = page.get_by_label("Tags of Run sft")
    tags.fill("kept")
    tags.press("Enter")
    expect(page.get_by_role("button", name="Take kept off")).to_be_visible()
    page.get_by_role("button", name="Write a note").first.click()
    page.get_by_label("Note on Run sft, in Markdown").fill("Learned **well**, see warmup")
    page.get_by_role("button", name="Save").click()
    expect(page.locator("strong", has_text="well")).to_be_visible()
    for question in ("tag:kept", "warmup and kind = sft"):
        page.goto(f"{world.url}/runs?view=runs&filter={question}")
        expect(page.get_by_test_id("runs")).to_have_attribute("data-rows", "1")
        expect(page.get_by_test_id(f"row-{run_id}")).to_contain_text("kept")
    page.goto(f"{world.url}/pipelines/{world.ended.id}?run=sft&tab=notes")
    page.get_by_role("button", name="Take kept off").click()
    expect(page.get_by_role("button", name="Take kept off")).to_have_count(0)


def test_a_table_is_shaped_saved_compared_and_exported(page: Page, world: World) -> None:
    first, second = (world.installation.launch(sft=sft(steps)) for steps in (3, 4))
    for pipeline in (first, second):
        world.installation.in_state(pipeline.runs[0].id, "succeeded")
    ids = [second.runs[0].id, first.runs[0].id]
    page.goto(f"{world.url}/runs?view=runs&filter=id in ({', '.join(ids)})")
    table = page.get_by_test_id("runs")
    expect(table).to_have_attribute("data-rows", "2")
    page.get_by_role("button", name="Columns").click()
    for title in ("Pipeline", "State", "Tags", "Created", "Took"):
        page.get_by_role("checkbox", name=title, exact=True).uncheck()
    page.get_by_label("Find a column").fill("loss")
    page.get_by_role("checkbox", name="Loss", exact=True).check()
    while (left := page.get_by_role("button", name="Move Loss left")).is_enabled():
        left.click()
    page.keyboard.press("Escape")
    heads = table.get_by_role("columnheader")
    expect(heads.nth(2)).to_contain_text("Loss")
    heads.nth(2).get_by_role("button").click()
    expect(heads.nth(2)).to_have_attribute("aria-sort", "descending")
    links = table.get_by_role("link")
    expect(links.first).to_be_visible()
    expect(table.get_by_role("row").nth(1)).to_have_attribute("data-testid", f"row-{ids[1]}")

    page.get_by_role("button", name="Save view").click()
    page.get_by_label("Name of the view").fill("By loss")
    page.get_by_role("button", name="Save", exact=True).click()
    tab = page.get_by_role("tab", name="By loss")
    expect(tab).to_have_attribute("aria-selected", "true")
    page.goto(f"{world.url}/runs")
    tab.click()
    expect(table).to_have_attribute("data-rows", "2")
    expect(heads.nth(2)).to_have_attribute("aria-sort", "descending")
    heads.nth(2).get_by_role("button").click()
    page.get_by_role("button", name="Save changes").click()
    expect(page.get_by_role("button", name="Save changes")).to_have_count(0)
    page.reload()
    expect(heads.nth(2)).to_have_attribute("aria-sort", "ascending")

    table.get_by_label("Choose all runs that were read").check()
    chosen = page.get_by_test_id("selection")
    with page.expect_download() as downloading:
        chosen.get_by_role("button", name="CSV").click()
    rows = list(csv.DictReader(io.StringIO(Path(downloading.value.path()).read_text())))
    assert [float(row["metrics.loss"]) for row in rows] == [1 / 4, 1 / 3]
    chosen.get_by_role("button", name="Compare").click()
    expect(page.get_by_role("heading", name="Compare 2 runs")).to_be_visible()
    expect(page.get_by_role("row", name="steps 4 3")).to_be_visible()

    page.goto(f"{world.url}/runs?view=runs")
    tab.click()
    page.get_by_role("button", name="Forget view").click()
    confirm(page, "Forget it")
    expect(tab).to_have_count(0)


def test_chosen_runs_are_archived_shown_again_and_deleted(page: Page, world: World) -> None:
    first, second = (world.installation.launch(sft=sft(2)).runs[0].id for _ in range(2))
    going = world.installation.launch(sft=sft(LONG))
    for run_id in (first, second):
        world.installation.in_state(run_id, "succeeded")
    ids = f"id in ({first}, {second}, {going.runs[0].id})"
    table, chosen = page.get_by_test_id("runs"), page.get_by_test_id("selection")
    page.goto(f"{world.url}/runs?view=runs&filter={ids}")
    expect(table).to_have_attribute("data-rows", "3")
    table.get_by_label("Choose all runs that were read").check()
    chosen.get_by_role("button", name="Archive").click()
    expect(page.get_by_test_id("toast").filter(has_text="Archived: 2 of 2")).to_be_visible()
    expect(table).to_have_attribute("data-rows", "1")
    page.goto(f"{world.url}/runs?view=runs&filter={ids} and archived = true")
    expect(table).to_have_attribute("data-rows", "2")
    table.get_by_label("Choose all runs that were read").check()
    chosen.get_by_role("button", name="Unarchive").click()
    expect(page.get_by_test_id("toast").filter(has_text="Unarchived: 2 of 2")).to_be_visible()

    page.goto(f"{world.url}/runs?view=runs&filter={ids}")
    expect(table).to_have_attribute("data-rows", "3")
    table.get_by_label("Choose all runs that were read").check()
    chosen.get_by_role("button", name="Delete").click()
    plan = page.get_by_role("alertdialog")
    expect(plan.get_by_test_id("removal")).to_contain_text("Altogether, of 2 runs")
    expect(plan.get_by_role("listitem")).to_contain_text("cancel it first")
    plan.get_by_role("button", name="Delete 2 runs for good").click()
    expect(page.get_by_test_id("toast").filter(has_text="Deleted: 2 of 2")).to_be_visible()
    expect(table).to_have_attribute("data-rows", "1")
    expect(chosen).to_contain_text("1 chosen")
    gone = [world.ask("GET", f"/runs/{run_id}").status_code for run_id in (first, second)]
    assert gone == [404, 404]
    world.ask("POST", f"/pipelines/{going.id}/cancel")


def test_a_log_is_searched(page: Page, world: World) -> None:
    page.goto(f"{world.url}/pipelines/{world.ended.id}?run=sft&tab=logs")
    log = page.get_by_role("region", name="Log")
    expect(log).to_contain_text("training sft")
    page.keyboard.press("/")
    page.keyboard.type("STDERR")
    expect(log).to_have_attribute("data-lines", "1")
    expect(log.locator("mark")).to_have_text("stderr")
    expect(page.get_by_role("status").filter(has_text="1 of")).to_be_visible()


def test_results_are_exported_and_lead_to_their_items(page: Page, world: World) -> None:
    page.goto(f"{world.url}/results")
    row = page.get_by_test_id("arm-sft").first
    expect(row).to_contain_text("50.0")
    for form, said in (
        ("Markdown", r"^\| sft \| .*50\.0.* \[46\.0, 54\.0\]"),
        ("LaTeX", r"^sft & .*50\.0.*\\\\$"),
        ("CSV", r"^miniature,.*,sft,accuracy_greedy,0\.5,0\.46,0\.54,512,"),
    ):
        page.get_by_role("button", name=f"Copy as {form}").first.click()
        copied = page.evaluate("navigator.clipboard.readText()")
        assert re.search(said, copied, re.MULTILINE), copied
    row.get_by_role("link", name=re.compile("50.0")).click()
    expect(page.get_by_role("tab", name="Samples")).to_have_attribute("aria-selected", "true")


def test_a_figure_is_taken_into_a_paper(page: Page, world: World) -> None:
    game = {"policy": {"model": "base"}, "data": "tiny"}
    pipeline = world.installation.launch(
        warmup={"kind": "warmup", "steps": 2, **game},
        align={"kind": "align", "steps": 4, "discriminator": {"run": "warmup"}, **game},
    )
    world.installation.in_state(pipeline.runs[-1].id, "succeeded")
    page.goto(f"{world.url}/results")
    page.get_by_label("What the figures are of").select_option(f"test #{pipeline.number}")
    beginnings = {"SVG": b"<svg", "PNG": b"\x89PNG"}
    for ending, beginning in beginnings.items():
        with page.expect_download() as downloading:
            page.get_by_role("button", name=re.compile(f"Download .* as {ending}")).first.click()
        content = Path(downloading.value.path()).read_bytes()
        assert beginning in content[:200]
        assert b"<script" not in content
    figure = page.get_by_role("figure").first
    figure.get_by_role("button", name="Copy as CSV").click()
    assert "\n" in page.evaluate("navigator.clipboard.readText()").strip()


def test_what_the_form_copies_launches_the_same(page: Page, world: World) -> None:
    page.goto(f"{world.url}/launch")
    page.get_by_role("radio", name="YAML").click()
    page.get_by_test_id("yaml").fill(yaml_of("copied", sft=sft(3)))
    token = (world.installation.home / "token").read_text().strip()
    for form, program in (("curl", ["bash"]), ("Python", [sys.executable])):
        page.get_by_role("button", name=f"Copy as {form}").click()
        copied = page.evaluate("navigator.clipboard.readText()")
        said = subprocess.run(
            program,
            input=copied,
            env={**os.environ, "PRISM_TOKEN": token, "PRISM_URL": world.url},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        found = re.search(r"pip_\w+", said)
        assert found, said
        assert world.ask("GET", f"/pipelines/{found[0]}").json()["name"] == "copied"


def test_data_sets_are_shown_with_their_rows(page: Page, world: World) -> None:
    page.goto(f"{world.url}/data")
    page.get_by_role("link", name="tiny").click()
    expect(page.get_by_test_id("dataset")).to_contain_text("Rows1")
    row = page.get_by_role("region", name="Row a")
    expect(row).to_contain_text("How many?")
    picture = row.get_by_role("img")
    expect(picture).to_be_visible()
    assert picture.evaluate("image => image.decode().then(() => image.naturalWidth)") == 1


def test_a_fork_marks_what_differs_and_nothing_else(page: Page, world: World) -> None:
    page.goto(f"{world.url}/launch?fork={world.ended.id}")
    expect(page.get_by_text("No difference: this launches the same again.")).to_be_visible()
    expect(page.get_by_test_id("before")).to_have_count(0)
    card = page.get_by_test_id("run-card-sft")
    card.locator("summary").first.click()
    listed = page.get_by_test_id("changes").get_by_role("listitem")
    for steps in ("7", "6", "8"):
        card.get_by_test_id("field-runs.sft.steps").get_by_role("textbox").fill(steps)
        expect(listed).to_have_count(0 if steps == "6" else 1)
        expect(page.get_by_test_id("before")).to_have_count(0 if steps == "6" else 1)
    expect(page.get_by_test_id("before")).to_have_text("was 6")
    expect(listed).to_have_text("runs.sft.steps6 → 8")
    page.reload()
    expect(listed).to_have_text("runs.sft.steps6 → 8")


HARD_TO_QUOTE = """# It's "hard" to quote: \\ $HOME `whoami` \"\"\" ' é
name: copied
runs:
  sft: {kind: sft, policy: {model: base}, data: tiny, steps: 2}
"""


def test_a_launch_copied_from_the_form_runs_elsewhere(
    page: Page, world: World, tmp_path: Path
) -> None:
    page.goto(f"{world.url}/launch")
    page.get_by_role("radio", name="YAML").click()
    page.get_by_test_id("yaml").fill(HARD_TO_QUOTE)
    expect(page.get_by_test_id("valid")).to_be_visible()
    launched = [run_copied(page, world, form, tmp_path) for form in ("CLI", "curl", "Python")]
    page.get_by_role("button", name="Launch", exact=True).click()
    page.wait_for_url("**/pipelines/**")
    recipes = [
        world.ask("GET", f"/pipelines/{pipeline}").json()["recipe"]
        for pipeline in (*launched, page.url.rpartition("/")[2].partition("?")[0])
    ]
    assert recipes[0]["name"] == "copied"
    assert recipes[0]["runs"]["sft"]["steps"] == 2
    assert all(recipe == recipes[0] for recipe in recipes)


def test_a_study_copied_from_the_form_runs_elsewhere(
    page: Page, world: World, tmp_path: Path
) -> None:
    page.goto(f"{world.url}/launch")
    page.get_by_role("radio", name="YAML").click()
    page.get_by_test_id("yaml").fill(HARD_TO_QUOTE)
    page.get_by_role("button", name="Seeds (5)").click()
    page.get_by_test_id("arm-builder").get_by_role("textbox", name="Seeds").fill("0, 1")
    page.get_by_role("button", name="Vary a setting").click()
    varied = page.get_by_test_id("varied-setting")
    varied.get_by_role("combobox", name="Setting").fill("sft.batch_size")
    varied.get_by_role("textbox", name="Values").fill("4, 8")
    expect(page.get_by_test_id("total-runs")).to_have_text("4 runs")
    grids = []
    for form in ("CLI", "curl", "Python"):
        study = run_copied(page, world, form, tmp_path)
        grids.append(world.ask("GET", f"/studies/{study}").json()["grid"])
    assert grids[0]["seeds"] == [0, 1]
    assert grids[0]["settings"] == {"sft.batch_size": [4, 8]}
    assert grids == [grids[0]] * 3


def run_copied(page: Page, world: World, form: str, folder: Path) -> str:
    """Run what the form copies, as somebody would paste it; return what it launched."""
    page.get_by_role("button", name=f"Copy as {form}").click()
    copied = page.evaluate("navigator.clipboard.readText()")
    token = (world.installation.home / "token").read_text().strip()
    environment = world.installation.environment | {"PRISM_TOKEN": token}
    # The commands of the environment that runs the tests, as if it were activated.
    programs = str(Path(sys.executable).parent)
    environment["PATH"] = f"{programs}{os.pathsep}{environment['PATH']}"
    command = [sys.executable, "-c", copied] if form == "Python" else ["bash", "-euc", copied]
    done = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stdout + done.stderr
    (found, *_) = re.findall(r"\b(?:pip|std)_[0-9a-f]{32}\b", done.stdout)
    return str(found)
