"""One function for each figure; each opens the page that it is about."""

from __future__ import annotations

import gzip
import statistics
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from playwright.sync_api import Browser, BrowserContext, CDPSession, Page, Response, expect

from bench.server.spread import percentile, spread
from bench.web.world import CURVES, World, going_on

ROUNDS = 5
WARM_UP = 8.0
LIVE_SECONDS = 20.0
HEAP_EVERY = 15.0
LEAST_HEAPS = 10
WIDE = {"width": 1440, "height": 900}
TALL = {"width": 1440, "height": 6000}
"""So high that every chart of a run is in sight, and so redrawn."""
PATIENCE = 60_000

FRAMES = """async ({items, step}) => {
    const frames = [];
    let last = performance.now();
    const frame = async () => {
        await new Promise(requestAnimationFrame);
        const now = performance.now();
        frames.push(now - last);
        last = now;
    };
    const press = (key) => window.dispatchEvent(new KeyboardEvent("keydown", {key, bubbles: true}));
    const shown = () => document.querySelector('[data-testid="samples"]').dataset.step;
    for (let seen = 1; seen < items; seen += 1) {
        const before = shown();
        const isLast = seen % step === 0;
        press(isLast ? "[" : "j");
        await frame();
        for (let waited = 0; isLast && shown() === before && waited < 300; waited += 1) {
            await frame();
        }
    }
    return frames;
}"""

ZOOM = """([chart]) => {
    const canvas = document.querySelector(`[data-testid="${chart}"] [data-testid="canvas"]`);
    window.zoomed = {};
    const points = canvas.dataset.points;
    window.addEventListener("mouseup", () => { window.zoomed.from = performance.now(); },
        {capture: true, once: true});
    new MutationObserver(() => {
        const {from} = window.zoomed;
        if (from === undefined) return;
        window.zoomed.drawn ??= performance.now() - from;
        if (canvas.dataset.points !== points) {
            window.zoomed.finer ??= performance.now() - from;
        }
    }).observe(canvas, {attributes: true, attributeFilter: ["data-points"]});
}"""


class Visitor:
    """A signed-in person whose browser has never been here before, as often as one likes."""

    def __init__(self, browser: Browser, world: World) -> None:
        self._browser, self.world = browser, world
        with browser.new_context() as context:
            page = context.new_page()
            page.goto(world.rig.admin.ask("POST", "/api/v1/session/links")["url"])
            expect(page.get_by_test_id("user")).to_be_visible(timeout=PATIENCE)
            self._state: Any = context.storage_state()

    def context(self, **viewport: int) -> BrowserContext:
        size: Any = viewport or WIDE
        return self._browser.new_context(viewport=size, storage_state=self._state)

    def url(self, address: str) -> str:
        return self.world.rig.url + address


def initial_js(visitor: Visitor) -> dict[str, Any]:
    """Return the KB of JavaScript, compressed, that home loads in a browser without a cache."""
    with visitor.context() as context:
        page = context.new_page()
        scripts: list[Response] = []
        page.on("response", lambda r: scripts.append(r) if r.url.endswith(".js") else None)
        page.goto(visitor.url("/"), wait_until="networkidle")
        sizes = [len(gzip.compress(script.body(), 9)) for script in scripts]
    return {"initial_js_kb": round(sum(sizes) / 1024, 1)}


def run_table(visitor: Visitor) -> dict[str, Any]:
    """Return the seconds until a row of the list of all runs can be chosen."""
    times = [_timed(visitor, "/runs?view=runs", _choose_a_run) for _ in range(ROUNDS)]
    return {"run_table_s": spread(times, 3), "run_table_rows": visitor.world.runs}


def _choose_a_run(page: Page) -> None:
    page.locator('tbody input[type="checkbox"]').first.check(timeout=PATIENCE)
    expect(page.get_by_test_id("selection")).to_be_visible()


def compare(visitor: Visitor) -> dict[str, Any]:
    """Return the seconds until twenty runs of twenty long curves are drawn and can be zoomed."""
    address = f"/compare?runs={','.join(visitor.world.compared)}"
    times = [_timed(visitor, address, _all_charts_there) for _ in range(ROUNDS)]
    return {"compare_s": spread(times, 3), "compare_steps": visitor.world.steps}


def _all_charts_there(page: Page) -> None:
    charts = page.get_by_test_id("compared-charts")
    last = charts.get_by_test_id(f"chart-{CURVES[-1]}")
    expect(last).to_be_attached(timeout=PATIENCE)
    first = charts.locator('[data-testid="canvas"][data-points]').first
    first.scroll_into_view_if_needed(timeout=PATIENCE)
    page.get_by_role("button").first.hover()


def _timed(visitor: Visitor, address: str, ready: Any) -> float:
    with visitor.context() as context:
        page = context.new_page()
        began = time.perf_counter()
        page.goto(visitor.url(address), wait_until="commit")
        ready(page)
        return time.perf_counter() - began


def zoom(visitor: Visitor) -> dict[str, Any]:
    """Return the milliseconds from letting go of the mouse to the stretch, and its finer points."""
    run_id = visitor.world.compared[-1]
    snapshot = visitor.world.rig.admin.ask("GET", f"/api/v1/runs/{run_id}")
    address = f"/pipelines/{snapshot['pipeline_id']}"
    with visitor.context() as context:
        page = context.new_page()
        page.goto(visitor.url(address))
        # Not every metric has a long curve, and of a short one there is nothing finer.
        long = page.locator(f'tr[data-metric="{CURVES[-1]}"]')
        chart = page.locator('[data-testid="charts"] figure').filter(has=long)
        expect(chart).to_be_attached(timeout=PATIENCE)
        chart.scroll_into_view_if_needed()
        expect(chart.locator("[data-points]")).to_be_attached(timeout=PATIENCE)
        name = str(chart.get_attribute("data-testid"))
        found = [_zoom_once(page, name, turn) for turn in range(ROUNDS)]
    return {
        "zoom_ms": spread([one["drawn"] for one in found], 1),
        "zoom_finer_ms": spread([one["finer"] for one in found], 1),
    }


def _zoom_once(page: Page, name: str, turn: int) -> dict[str, float]:
    chart = page.get_by_test_id(name)
    # The way back to the whole run is at the top of the page, where the mouse was last.
    chart.scroll_into_view_if_needed()
    canvas, box = chart.get_by_test_id("canvas"), chart.locator(".u-over").bounding_box()
    whole = canvas.get_attribute("data-points")
    assert box is not None
    assert whole is not None
    page.evaluate(ZOOM, [name])
    y, width = box["y"] + box["height"] / 2, box["width"]
    # Another stretch each time: one that was asked for before is there already.
    page.mouse.move(box["x"] + (0.1 + 0.05 * turn) * width, y)
    page.mouse.down()
    page.mouse.move(box["x"] + (0.5 + 0.05 * turn) * width, y, steps=4)
    page.mouse.up()
    page.wait_for_function("() => window.zoomed.finer !== undefined", timeout=PATIENCE)
    found: dict[str, float] = page.evaluate("window.zoomed")
    page.get_by_test_id("whole-run").click()
    # That was at the top of the page, and a chart out of sight is not drawn.
    chart.scroll_into_view_if_needed()
    # A plot that is about to be made anew forgets where the mouse went down.
    expect(canvas).to_have_attribute("data-points", whole, timeout=PATIENCE)
    page.wait_for_timeout(600)
    return found


def live(visitor: Visitor) -> dict[str, Any]:
    """Return the share of a core that live charts take."""
    with _watching(visitor) as (page, session):
        # Time on the processor, not on the clock: whatever else the machine does is not ours.
        session.send("Performance.enable", {"timeDomain": "threadTicks"})
        busy, began = _busy(session), time.perf_counter()
        page.wait_for_timeout(LIVE_SECONDS * 1000)
        share = (_busy(session) - busy) / (time.perf_counter() - began)
        charts = page.locator('[data-testid="charts"] [data-last-step]').count()
    return {"live_cpu": round(share, 3), "live_charts": charts}


def soak(visitor: Visitor, seconds: float) -> dict[str, Any]:
    """Return by how much the heap grows under live charts.

    From the middle of the first fifth to that of the last: a page that reads a run's history anew
    from time to time holds more before than after.
    """
    with _watching(visitor) as (page, session):
        heaps = [_heap(session)]
        until = time.perf_counter() + seconds
        while time.perf_counter() < until:
            page.wait_for_timeout(min(HEAP_EVERY, seconds / LEAST_HEAPS) * 1000)
            heaps.append(_heap(session))
    fifth = len(heaps) // 5
    first, last = statistics.median(heaps[:fifth]), statistics.median(heaps[-fifth:])
    return {
        "heap_growth_mb": round(last - first, 2),
        "heap_mb": spread(heaps, 1),
        "soak_seconds": seconds,
    }


@contextmanager
def _watching(visitor: Visitor) -> Iterator[tuple[Page, CDPSession]]:
    """Have the charts of the run that goes on before one, each of them in sight."""
    engine = visitor.world.live
    run = visitor.world.rig.admin.ask("GET", f"/api/v1/runs/{engine.run_id}")
    with visitor.context(**TALL) as context, going_on(engine):
        page = context.new_page()
        page.goto(visitor.url(f"/pipelines/{run['pipeline_id']}"))
        expect(page.locator("[data-last-step]").first).to_be_attached(timeout=PATIENCE)
        page.wait_for_timeout(WARM_UP * 1000)
        yield page, context.new_cdp_session(page)


def _busy(session: CDPSession) -> float:
    """Seconds that the page's main thread has worked since it began."""
    metrics = session.send("Performance.getMetrics")["metrics"]
    return next(float(one["value"]) for one in metrics if one["name"] == "TaskDuration")


def _heap(session: CDPSession) -> float:
    session.send("HeapProfiler.collectGarbage")
    return float(session.send("Runtime.getHeapUsage")["usedSize"]) / 2**20


def samples(visitor: Visitor, items: int) -> dict[str, Any]:
    """Return how long frames take while somebody goes through samples by keyboard."""
    pipeline, _ = visitor.world.sampled
    with visitor.context() as context:
        page = context.new_page()
        page.goto(visitor.url(f"/pipelines/{pipeline}?tab=samples"))
        expect(page.get_by_test_id("sample")).to_be_visible(timeout=PATIENCE)
        frames: list[float] = page.evaluate(FRAMES, {"items": items, "step": 100})
    return {
        "slowest_frame_ms": round(max(frames), 1),
        "frame_p995_ms": round(percentile(frames, 0.995), 1),
        "frame_median_ms": round(statistics.median(frames), 1),
        "samples": len(frames),
    }
