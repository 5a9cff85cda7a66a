"""Every page of the dashboard as a person meets it: in both themes, by keyboard, on a phone."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pytest
from axe_core_python.sync_playwright import Axe
from playwright.sync_api import Browser, Locator, Page, Route, expect

from prism_client.resources import Pipeline
from tests.e2e.chromium import WIDE, follow, patience, visitor
from tests.installation import Installation, eventually
from tests.worker.recipes import LONG, sft

ROOT = Path(__file__).parents[2]
ROUTES = ROOT / "web" / "src" / "routes"
ARTEFACTS = ROOT / "test-artifacts" / "pages"
PHONE = {"width": 375, "height": 812}
HOSTILE = (
    "# Note\n\n<script>window.hurt = 1</script>\n<img src=x onerror='window.hurt = 1'>\n"
    "[click](javascript:window.hurt=1) \u202egnp.exe NaN\n\n| a | b |\n|---|---|\n| 1 | 2 |"
)

PANELS = [
    {"title": "Loss by time", "metrics": ["loss"], "axis": "seconds", "scale": "log"},
    {"title": "Right <b>", "metrics": ["accuracy", "no such metric"], "smoothing": 0.5},
]

NOT_MOVED = (
    "compare",
    "fleet",
    "launch",
    "pipeline-charts",
    "results",
    "runs",
    "settings-members",
    "studies-studyId",
    "try",
    "try-checkpoint",
)
"""Pages whose parts come by several answers."""

WATCH_SHIFTS = """() => {
    window.shifted = 0;
    new PerformanceObserver((seen) => {
        for (const { value } of seen.getEntries()) window.shifted += value;
    }).observe({ type: "layout-shift" });
}"""


@dataclass(frozen=True)
class World:
    """A server on which one pipeline has ended and another goes on."""

    installation: Installation
    ended: Pipeline
    live: Pipeline

    @property
    def url(self) -> str:
        return self.installation.url

    def ask(self, method: str, path: str, body: object = None) -> Any:
        token = (self.installation.home / "token").read_text().strip()
        headers = {"Authorization": f"Bearer {token}"}
        answer = httpx.request(method, f"{self.url}/api/v1{path}", json=body, headers=headers)
        assert answer.is_success, answer.text
        return answer.json() if answer.content else None


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    installation = Installation(tmp_path_factory.mktemp("pages") / "home")
    try:
        installation.start_server()
        installation.register()
        installation.start_worker("--step-seconds", "0.1", slots=2)
        evaluate = {"kind": "evaluate", "policy": {"run": "sft"}, "data": "tiny"}
        ended = installation.launch(sft=sft(6), test=evaluate)
        for run in ended.runs:
            installation.in_state(run.id, "succeeded")
        live = installation.launch(sft=sft(LONG))
        world = World(installation, ended, live)
        world.ask("PATCH", f"/runs/{ended.runs[0].id}", {"tags": ["paper"], "note": HOSTILE})
        project = world.ask("GET", "/projects")["data"][0]["id"]
        view = {"name": "Done", "filter": "state = succeeded"}
        world.ask("POST", f"/projects/{project}/views", view)
        panels = {"panels": PANELS, "version": 0}
        world.ask("PUT", f"/projects/{project}/panels", panels)
        hook = {"url": "https://example.org/hooks/prism", "topics": ["alert.raised"]}
        world.ask("POST", f"/projects/{project}/webhooks", hook)
        recipe = {"name": "grid", "runs": {"sft": sft(3)}}
        world.ask("POST", "/studies", {"recipe": recipe, "grid": {"seeds": [0, 1]}})
        installation.at_step(live.runs[0].id, 3)
        yield world
    finally:
        installation.close()


@pytest.fixture
def page(browser: Browser, world: World) -> Iterator[Page]:
    """A signed-in browser; fails if the page's own scripts complained."""
    with visitor(browser, color_scheme="light") as page:
        follow(page, world.ask("POST", "/session/links")["url"])
        yield page


def addresses(world: World) -> dict[str, str]:
    """Every page by a name for its picture, as the dashboard's own routes list them."""
    names = {
        "pipelineId": world.ended.id,
        "datasetId": world.ask("GET", "/datasets")["data"][0]["id"],
        "studyId": world.ask("GET", "/studies")["data"][0]["id"],
        "": "/no/such/page",
    }
    found = {}
    for path in sorted(ROUTES.glob("*.tsx")):
        for address in re.findall(r'^  path: "(.*?)"', path.read_text(), re.MULTILINE):
            name = re.sub(r"\W+", "-", address.replace("$", "")).strip("-") or path.stem
            found[name] = re.sub(r"\$(\w*)", lambda match: names[match[1]], address)
    tabs = re.search(r"TABS = \[(.*?)\]", (ROUTES / "pipeline.tsx").read_text(), re.DOTALL)
    sections = re.findall(r'{ value: "(.*?)"', (ROUTES / "settings.tsx").read_text())
    assert tabs is not None
    pipeline = found.pop("pipelines-pipelineId")
    for tab in re.findall(r'"(\w+)"', tabs[1]):
        found[f"pipeline-{tab}"] = f"{pipeline}?run=sft&tab={tab}"
    for section in sections:
        found[f"settings-{section}"] = f"{found['settings']}?section={section}"
    both = ",".join(run.id for run in (world.ended.runs[0], world.live.runs[0]))
    trained = world.ended.runs[0].id
    saved = world.ask("GET", f"/runs/{trained}/checkpoints")["data"]
    (policy,) = (one["id"] for one in saved if one["kind"] == "exported")
    return found | {
        "try-checkpoint": f"/try?checkpoint={policy}",
        "compare": f"/compare?runs={both}",
        "compare-time": f"/compare?runs={both}&axis=seconds",
        "runs-studies": "/runs?view=studies",
        "runs-table": "/runs?view=runs",
        "runs-refused": "/runs?view=runs&filter=state%20%3D%20fialed",
        "pipeline-live": f"/pipelines/{world.live.id}",
    }


def test_a_killed_server_leaves_neither_gap_nor_double(page: Page, world: World) -> None:
    pipeline = world.installation.launch(sft=sft(LONG))
    run_id = pipeline.runs[0].id
    page.goto(f"{world.url}/pipelines/{pipeline.id}?tab=charts")
    canvas = page.get_by_test_id("chart-loss").get_by_test_id("canvas")
    expect(page.get_by_test_id("connection")).to_have_attribute("data-connection", "live")
    expect(canvas).to_have_attribute("data-last-step", re.compile(r"^[1-9]"))
    before = int(canvas.get_attribute("data-last-step") or 0)
    world.installation.kill_server()
    expect(page.get_by_test_id("connection")).to_have_attribute("data-connection", "lost")
    world.installation.start_server()
    expect(page.get_by_test_id("connection")).to_have_attribute(
        "data-connection", "live", timeout=30_000
    )
    world.installation.at_step(run_id, before + 20)
    eventually(lambda: int(canvas.get_attribute("data-last-step") or 0) >= before + 20, 30)
    last = int(canvas.get_attribute("data-last-step") or 0)
    assert canvas.get_attribute("data-steps") == f"1-{last}"
    assert canvas.get_attribute("data-points") == str(last)
    world.ask("POST", f"/runs/{run_id}/cancel")


def test_nothing_moves_while_numbers_stream(page: Page, world: World) -> None:
    """The layout shift that Chromium measures, of charts and of the newest samples."""
    pipeline = world.installation.launch(sft=sft(LONG))
    run_id = pipeline.runs[0].id
    world.installation.at_step(run_id, 6)
    shifts = {}
    for tab, landmark in (("charts", "chart-loss"), ("samples", "sample")):
        for viewport in (WIDE, PHONE):
            page.set_viewport_size(viewport)
            page.goto(f"{world.url}/pipelines/{pipeline.id}?tab={tab}")
            expect(page.get_by_test_id(landmark)).to_be_visible(timeout=30_000)
            expect(page.get_by_test_id("connection")).to_have_attribute(
                "data-connection", "live", timeout=30_000
            )
            page.wait_for_timeout(500)
            page.evaluate(WATCH_SHIFTS)
            shown = int(page.get_by_test_id("run-step").inner_text())
            world.installation.at_step(run_id, shown + 11)
            page.wait_for_function(
                """step => Number(
                    document.querySelector("[data-testid=run-step]").innerText) >= step""",
                arg=shown + 11,
                timeout=30_000,
            )
            shifts[tab, viewport["width"]] = page.evaluate("window.shifted")
    world.ask("POST", f"/runs/{run_id}/cancel")
    print({f"{tab} {width}": round(shift, 5) for (tab, width), shift in shifts.items()})
    assert max(shifts.values()) < 0.005, shifts


def test_nothing_moves_while_a_page_is_loaded(page: Page, world: World) -> None:
    """Answers come one by one, as from a server far away, and each finds its place reserved."""
    pages = addresses(world)
    page.add_init_script(f"({WATCH_SHIFTS})()")
    page.route(re.compile("/api/v1/(?!stream)"), come_later)
    shifts = {}
    for name in NOT_MOVED:
        for viewport in (WIDE, PHONE):
            page.set_viewport_size(viewport)
            page.goto(world.url + pages[name])
            be_loaded(page)
            shifts[name, viewport["width"]] = page.evaluate("window.shifted")
    page.unroute_all(behavior="wait")
    print({f"{name} {width}": round(shift, 5) for (name, width), shift in shifts.items()})
    assert max(shifts.values()) < 0.005, shifts


def come_later(route: Route) -> None:
    time.sleep(0.03)
    route.continue_()


def test_times_are_those_where_the_reader_is(browser: Browser, world: World) -> None:
    run = world.ended.runs[0]
    written = world.ask("GET", f"/runs/{run.id}/logs")["data"][0]["at"]
    there = datetime.fromisoformat(written).astimezone(ZoneInfo("Asia/Kathmandu"))
    with visitor(browser, timezone_id="Asia/Kathmandu") as page:
        follow(page, world.ask("POST", "/session/links")["url"])
        page.goto(f"{world.url}/pipelines/{world.ended.id}?run=sft&tab=logs")
        time = page.get_by_role("region", name="Log").locator("time").first
        expect(time).to_have_text(f"{there:%H:%M:%S}", timeout=30_000)
        expect(time).to_have_attribute("title", f"{there.day} {there:%b %Y, %H:%M:%S}")


def test_every_page_in_both_themes_and_on_a_phone(page: Page, world: World) -> None:
    """No serious or critical finding of axe, nothing that scrolls sideways, no script of others."""
    ARTEFACTS.mkdir(parents=True, exist_ok=True)
    pages = addresses(world)
    assert len(pages) > 25
    found = {}
    for name, address in pages.items():
        page.set_viewport_size(WIDE)
        page.goto(world.url + address)
        be_loaded(page)
        found[name] = [*look(page, name, "light"), *look(page, name, "dark")]
    assert {name: problems for name, problems in found.items() if problems} == {}


def be_loaded(page: Page) -> None:
    expect(page.locator("main")).to_be_visible()
    expect(page.locator("main")).not_to_contain_text(
        re.compile("Loading|Signing in"), timeout=30_000
    )
    page.wait_for_timeout(150)


def look(page: Page, name: str, theme: str) -> list[str]:
    """What is wrong with a page in a theme; its pictures are kept."""
    use(page, theme)
    page.set_viewport_size(WIDE)
    violations = Axe().run(page)["violations"]
    problems = [
        f"{theme}: {one['id']} {one['nodes'][0]['html'][:120]}"
        for one in violations
        if one["impact"] in ("serious", "critical")
    ]
    for viewport in (WIDE, PHONE):
        page.set_viewport_size(viewport)
        page.wait_for_timeout(100)
        page.screenshot(path=ARTEFACTS / f"{name}-{theme}-{viewport['width']}.png")
        if page.evaluate("document.documentElement.scrollWidth") > viewport["width"]:
            problems.append(f"{theme}: scrolls sideways at {viewport['width']}")
    if page.evaluate("'hurt' in window"):
        problems.append("somebody's script ran")
    return problems


def use(page: Page, theme: str) -> None:
    """Change the theme as a person does; pages without the shell have no button for it."""
    if page.evaluate("document.documentElement.dataset.theme") == theme:
        return
    toggle = page.get_by_test_id("theme-toggle")
    if toggle.count():
        toggle.click()
    else:
        page.evaluate("theme => document.documentElement.dataset.theme = theme", theme)


def test_what_floats_is_accessible_too(page: Page, world: World) -> None:
    page.goto(f"{world.url}/runs?view=runs")
    be_loaded(page)
    for keys, shown in (("Control+k", "listbox"), ("?", "dialog")):
        page.keyboard.press(keys)
        expect(page.get_by_role(shown).first).to_be_visible()
        violations = Axe().run(page)["violations"]
        assert [v["id"] for v in violations if v["impact"] in ("serious", "critical")] == []
        page.keyboard.press("Escape")
        expect(page.get_by_role("dialog")).to_have_count(0)


def test_history_by_keyboard_alone(page: Page, world: World) -> None:
    """From home to the table, a filter, a selection that is tagged, a run, and a note on it."""
    page.goto(world.url)
    be_loaded(page)
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the page")).to_be_focused()
    page.keyboard.press("g")
    page.keyboard.press("r")
    tab_to(page, page.get_by_role("tab", name="Pipelines"))
    for tab in ("Studies", "All runs"):
        page.keyboard.press("ArrowRight")
        expect(page.get_by_role("tab", name=tab)).to_be_focused()
    expect(page.get_by_test_id(f"row-{world.live.runs[0].id}")).to_be_visible()

    page.keyboard.press("/")
    page.keyboard.type("kind = sf")
    page.keyboard.press("Tab")
    expect(page.get_by_label("Filter runs")).to_have_value("kind = sft ")
    page.keyboard.type(f"id in ({world.live.runs[0].id}, {world.ended.runs[0].id})")
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("runs")).to_have_attribute("data-rows", "2")
    page.get_by_label("Filter runs").blur()
    for key in "jxjx":
        page.keyboard.press(key)
    selection = page.get_by_test_id("selection")
    expect(selection).to_contain_text("2 chosen")
    tab_to(page, selection.get_by_role("button", name="Tag"))
    page.keyboard.press("Enter")
    expect(page.get_by_label("Tags", exact=True)).to_be_focused()
    page.keyboard.type("kept")
    # The first takes the word for a tag, the second gives it to the runs.
    page.keyboard.press("Enter")
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("toast").filter(has_text="Tagged: 2 of 2")).to_be_visible()
    assert world.ask("GET", f"/runs/{world.live.runs[0].id}")["tags"] == ["kept"]
    expect(selection.get_by_role("button", name="Tag")).to_be_focused()

    page.keyboard.press("Control+k")
    page.keyboard.type("kept")
    expect(page.get_by_role("option", name=re.compile("sft test #1"))).to_be_visible()
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Enter")
    page.wait_for_url("**/pipelines/**")
    tab_to(page, page.get_by_role("tab", name="Charts"))
    page.keyboard.press("End")
    write = page.get_by_role("button", name=re.compile("Edit note|Write a note")).first
    tab_to(page, write)
    page.keyboard.press("Enter")
    page.keyboard.press("Control+a")
    page.keyboard.type("By **keyboard**")
    tab_to(page, page.get_by_role("button", name="Save"))
    page.keyboard.press("Enter")
    expect(page.locator("strong", has_text="keyboard")).to_be_visible()


def test_own_panels_by_keyboard_are_kept_and_are_on_every_page_with_curves(
    page: Page, world: World
) -> None:
    with patience(30_000):
        panels = add_a_panel(page, world)
        tab_to(page, panels.get_by_role("button", name="Move Step time before"))
        page.keyboard.press("Enter")
        page.keyboard.press("Enter")
        expect(panels.get_by_role("button", name="Move Step time behind")).to_be_focused()
        # Each change is sent once the one before it is answered.
        path = f"/projects/{world.ask('GET', '/projects')['data'][0]['id']}/panels"
        eventually(lambda: world.ask("GET", path)["version"] == 4)
        both = ",".join(run.id for run in (world.ended.runs[0], world.live.runs[0]))
        for address in (f"/pipelines/{world.ended.id}?run=sft", f"/compare?runs={both}"):
            page.goto(world.url + address)
            first, second = panels.get_by_role("figure").nth(0), panels.get_by_role("figure").nth(1)
            expect(first).to_have_attribute("aria-label", "Step time")
            drawn = first.get_by_test_id("canvas")
            expect(drawn).to_have_attribute("data-points", re.compile(r"^[1-9]"))
            expect(second.get_by_test_id("canvas")).to_have_attribute("data-axis", "seconds")


def add_a_panel(page: Page, world: World) -> Locator:
    page.goto(f"{world.url}/pipelines/{world.ended.id}?run=sft")
    panels = page.get_by_test_id("own-panels")
    expect(panels.get_by_text("Nothing was measured here of Accuracy")).to_be_visible()
    tab_to(page, panels.get_by_role("button", name="Add panel"))
    page.keyboard.press("Enter")
    expect(page.get_by_role("searchbox", name="Find a metric")).to_be_focused()
    page.keyboard.type("step time")
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    tab_to(page, page.get_by_role("button", name="Add", exact=True))
    page.keyboard.press("Enter")
    expect(panels.get_by_role("figure").nth(2)).to_have_attribute("aria-label", "Step time")
    return panels


def tab_to(page: Page, target: Any) -> None:
    """Press Tab until the target has the focus."""
    expect(target).to_be_visible()
    for _ in range(80):
        if target.evaluate("element => element === document.activeElement"):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"Tab does not reach {target}")
