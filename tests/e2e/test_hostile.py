"""What somebody means ill with, as data of every kind: shown as the text that it is."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.chromium import WIDE
from tests.e2e.flows import signed_in
from tests.installation import Installation
from tests.worker.recipes import sft

PHONE = {"width": 375, "height": 812}
SCRIPT = "<script>window.hurt=1</script><img src=x onerror='window.hurt=1'>"
MARKDOWN = "[here](javascript:window.hurt=1) ![x](http://127.0.0.1:9/spy.png) `${window.hurt=1}`"
TURNED = "\u202egnp.exe \u2066\u200f"
UNBROKEN = "W" * 300
COLOURED = "\u001b[31mred\u001b[0m \u001b]0;title\u0007 \u001b[2J"
EVERYTHING = f"{SCRIPT} {TURNED} {MARKDOWN} {COLOURED} {UNBROKEN}"
NAME = f"{SCRIPT[:50]}{TURNED}"[:63]
FAR = 1.7e308


@dataclass(frozen=True)
class World:
    installation: Installation
    pages: dict[str, str]
    run_id: str

    def ask(self, method: str, path: str, body: object = None) -> httpx.Response:
        return ask(self.installation, "token", method, path, body)


def ask(
    installation: Installation, secret: str, method: str, path: str, body: object = None
) -> httpx.Response:
    token = (installation.home / secret).read_text().strip()
    headers = {
        "Authorization": f"Bearer {token}",
        "Prism-Contract": "1",
        "Content-Type": "application/json",
    }
    url = f"{installation.url}/api/v1{path}"
    # The standard library says NaN where a number is none, as a careless engine would.
    content = None if body is None else json.dumps(body)
    return httpx.request(method, url, content=content, headers=headers)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    installation = Installation(
        tmp_path_factory.mktemp("hostile") / "home", PRISM_LEASE_SECONDS="600"
    )
    try:
        installation.start_server()
        installation.register()
        dataset = register_hostile_rows(installation)
        evaluate = {"kind": "evaluate", "policy": {"model": "base"}, "data": "tiny"}
        pipeline = installation.launch(sft=sft(3), test=evaluate)
        for _ in pipeline.runs:
            play_engine(installation)
        imported = import_hostile_run(installation)
        run_id = pipeline.runs[0].id
        yield World(installation, addresses(pipeline.id, run_id, imported, dataset), run_id)
    finally:
        installation.close()


def register_hostile_rows(installation: Installation) -> str:
    folder = installation.home / "data" / "hostile"
    folder.mkdir()
    rows = [{"id": f"{NAME}{place}", "images": [], "question": EVERYTHING} for place in range(2)]
    (folder / "data.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    with installation.client as client:
        return client.register_dataset("hostile", "hostile").id


def play_engine(installation: Installation) -> None:
    """Claim a run and tell of it what no engine should."""

    def tell(path: str, body: object) -> Any:
        answer = ask(installation, "worker-token", "POST", f"/worker{path}", body)
        assert answer.is_success, answer.text
        return answer.json() if answer.content else None

    about = {"name": "ill", "host": UNBROKEN[:80], "pid": 1, "slots": 9, "queues": ["default"]}
    worker = tell("/register", about)["worker_id"]
    claim = {"worker_id": worker, "slot": 0, "queues": ["default"]}
    claimed = tell("/claim", claim | {"claim_key": f"claim-{id(claim)}"})
    attempt = f"/attempts/{claimed['attempt_id']}"
    answer = tell(f"{attempt}/events", {"source": "engine", "events": list(hostile_events())})
    # A number that is none is put aside: no curve ever shows it.
    assert answer["quarantined"] == 2
    lines = {"seq": 1, "type": "output", "at": AT, "stream": "stderr", "lines": [EVERYTHING] * 3}
    tell(f"{attempt}/events", {"source": "worker", "events": [lines]})
    tell(f"{attempt}/exit", {"kind": "code", "message": EVERYTHING})


AT = "2026-01-01T00:00:00Z"


def hostile_events() -> Iterator[dict[str, Any]]:
    response = {
        "text": EVERYTHING, "valid": True, "tokens": 4, "answer": EVERYTHING, "correct": False,
        "caption": {"text": EVERYTHING, "score": -FAR}, "rewards": {"answer": FAR},
        "reasoning": {"text": EVERYTHING, "score": FAR}, "advantage": FAR,
    }  # fmt: skip
    malformed = {"text": EVERYTHING, "valid": False, "malformed": EVERYTHING, "tokens": 4}
    sample = {
        "item": EVERYTHING, "question": EVERYTHING, "gold": EVERYTHING, "images": [],
        "demonstration": response, "rollouts": [response, malformed],
    }  # fmt: skip
    scores = {"accuracy_greedy": {"value": 0.5, "low": 0.4, "high": 0.6, "n": 9}}
    bodies: list[dict[str, Any]] = [
        {"type": "started", "kind": "sft", "steps": 3, "first_step": 1, "versions": {}},
        *({"type": "step_finished", "step": step, "metrics": {"loss": value, "reward": 0.5}}
          for step, value in ((1, FAR), (2, -FAR), (3, float("nan")), (4, float("inf")))),
        {"type": "samples_drawn", "step": 2, "samples": [sample]},
        {"type": "benchmark_scored", "step": 2, "benchmark": SCRIPT, "arm": NAME,
         "scores": scores, "supervision": {}, "majority": 0.2},
        {"type": "log", "level": "error", "message": EVERYTHING},
    ]  # fmt: skip
    return ({"seq": seq, "at": AT, **body} for seq, body in enumerate(bodies, start=1))


def import_hostile_run(installation: Installation) -> dict[str, str]:
    """A run of another tracker, whose names are anything at all."""
    body = {
        "tracker": "mlflow", "location": EVERYTHING, "pipeline": NAME, "run": NAME,
        "parameters": {EVERYTHING: EVERYTHING, "nested": {SCRIPT: [UNBROKEN]}},
        "tags": [SCRIPT.replace(" ", "")[:63], TURNED.replace(" ", ""), "W" * 63],
        "note": f"{EVERYTHING}\n\n{MARKDOWN}", "state": "succeeded", "step": 2,
    }  # fmt: skip
    made = ask(installation, "token", "POST", "/imports", body)
    assert made.is_success, made.text
    names = (SCRIPT[:60], "__proto__", "constructor", "\u0645\u0644\u0635\u0642", "W" * 60)
    steps = [
        {"seq": seq, "type": "step_finished", "at": AT, "step": seq,
         "metrics": dict.fromkeys(names, (-FAR, FAR)[seq % 2])}
        for seq in (1, 2)
    ]  # fmt: skip
    path = f"/runs/{made.json()['run_id']}/events"
    answer = ask(installation, "token", "POST", path, {"events": steps})
    assert answer.json()["accepted"] == 2, answer.text
    found: dict[str, str] = made.json()
    return found


def addresses(pipeline: str, run: str, imported: dict[str, str], dataset: str) -> dict[str, str]:
    tabs = ("charts", "samples", "logs", "config", "lineage", "results", "notes")
    found = {f"pipeline {tab}": f"/pipelines/{pipeline}?run=sft&tab={tab}" for tab in tabs}
    found |= {f"imported {tab}": f"/pipelines/{imported['pipeline_id']}?tab={tab}" for tab in tabs}
    return found | {
        "home": "/",
        "pipelines": "/runs",
        "table": "/runs?view=runs",
        "filtered": f"/runs?view=runs&filter={SCRIPT}",
        "compare": f"/compare?runs={run},{imported['run_id']}",
        "results": "/results",
        "data": "/data",
        "data set": f"/data/{dataset}",
        "fleet": "/fleet",
        "audit log": "/settings?section=audit-log",
    }


@pytest.fixture
def page(browser: Browser, world: World) -> Iterator[Page]:
    with signed_in(browser, world.installation) as page:
        yield page


def test_nothing_runs_nothing_is_fetched_and_no_page_is_torn(page: Page, world: World) -> None:
    away: list[str] = []
    page.on("request", lambda request: away.append(request.url))
    wrong = {}
    for name, address in world.pages.items():
        page.set_viewport_size(WIDE)
        page.goto(world.installation.url + address)
        expect(page.locator("main")).not_to_contain_text("Loading")
        problems = [
            f"scrolls sideways at {viewport['width']}"
            for viewport in (WIDE, PHONE)
            if width_of(page, viewport) > viewport["width"]
        ]
        if page.evaluate("'hurt' in window"):
            problems.append("somebody's script ran")
        if problems:
            wrong[name] = problems
    assert wrong == {}
    assert [url for url in away if not url.startswith(world.installation.url)] == []


def width_of(page: Page, viewport: Any) -> int:
    page.set_viewport_size(viewport)
    page.wait_for_timeout(100)
    return int(page.evaluate("document.documentElement.scrollWidth"))


def test_hostile_words_are_shown_as_they_are(page: Page, world: World) -> None:
    page.goto(world.installation.url + world.pages["pipeline samples"])
    expect(page.get_by_role("region", name="Item")).to_contain_text("<script>window.hurt=1")
    page.goto(world.installation.url + world.pages["imported notes"])
    note = page.locator(".prose-note")
    expect(note).to_contain_text("<script>window.hurt=1")
    assert note.get_by_text("here", exact=True).get_attribute("href") in (None, "")
    page.goto(world.installation.url + world.pages["imported charts"])
    expect(page.get_by_role("figure")).to_have_count(5)
    page.goto(world.installation.url + world.pages["pipeline charts"])
    canvas = page.get_by_test_id("chart-loss").get_by_test_id("canvas")
    expect(canvas).to_have_attribute("data-steps", "1-2")


def test_a_note_of_ten_megabytes_is_refused_and_kept(page: Page, world: World) -> None:
    note = "And so it went on.\n" * 530_000
    refused = world.ask("PATCH", f"/runs/{world.run_id}", {"note": note})
    assert refused.status_code in (413, 422)
    assert "at most" in refused.json()["detail"] or refused.json()["errors"]
    page.goto(world.installation.url + world.pages["pipeline notes"])
    page.get_by_role("button", name="Write a note").first.click()
    box = page.get_by_label("Note on Run sft, in Markdown")
    box.fill("As far as it went")
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.evaluate("text => navigator.clipboard.writeText(text)", note)
    box.press("Control+v")
    panel = page.get_by_role("form").or_(page.locator("form")).filter(has=box)
    expect(panel.get_by_role("alert")).to_contain_text(
        re.compile(r"That would be 100\d+ characters")
    )
    expect(box).to_have_value("As far as it went")
    box.fill(note[:20_020])
    expect(panel.get_by_role("alert")).to_contain_text("Shorten this one to save it")
    expect(panel.get_by_role("button", name="Save")).to_be_disabled()
    box.fill(MARKDOWN)
    panel.get_by_role("button", name="Save").click()
    expect(panel).to_have_count(0)
    assert world.ask("GET", f"/runs/{world.run_id}").json()["note"] == MARKDOWN
