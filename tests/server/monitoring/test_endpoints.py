from __future__ import annotations

import json
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import update

from server.actors import Scope
from server.logs import configure_logs
from server.metrics.compactor import FEWEST
from server.tables import Attempt
from tests.server.world import World, good


async def figures(world: World) -> dict[str, dict[frozenset[Any], float]]:
    """Return every sample by its name and labels."""
    response = await world.admin.get("/metrics")
    assert response.headers["content-type"].startswith("text/plain; version=0.0.4")
    found: dict[str, dict[frozenset[Any], float]] = {}
    for family in text_string_to_metric_families(response.text):
        for sample in family.samples:
            found.setdefault(sample.name, {})[frozenset(sample.labels.items())] = sample.value
    return found


def labelled(**labels: str) -> frozenset[Any]:
    return frozenset(labels.items())


async def test_the_figures_are_those_of_what_happened(world: World) -> None:
    await world.launch()
    await world.launch()
    lease = await world.claim()
    await lease.start()
    await lease.step(1, 2)
    bad = lease.event("step_finished", step=3, metrics={"undeclared thing": 1})
    await lease.send(bad)
    await world.admin.get("/runs/run_no")
    async with world.parts.database.writing() as session:
        loose = update(Attempt).values(loose_steps=FEWEST, ended_at=Attempt.claimed_at)
        await session.execute(loose)
    found = await figures(world)
    assert found["prism_runs"] == {labelled(state="queued"): 1, labelled(state="running"): 1}
    assert 0 <= found["prism_queue_wait_seconds"][labelled(queue="default")] < 60
    assert found["prism_events_total"] == {
        labelled(outcome="accepted"): 3, labelled(outcome="quarantined"): 1,
    }  # fmt: skip
    assert found["prism_compactor_lag_steps"] == {frozenset(): FEWEST}
    assert found["prism_streams"] == {frozenset(): 0}
    assert found["prism_disk_free_bytes"][frozenset()] > 0
    requests = found["prism_requests_total"]
    assert requests[labelled(method="GET", route="/runs/{run_id}", status="404")] == 1
    assert requests[labelled(method="POST", route="/pipelines", status="201")] == 2
    posted = labelled(method="POST", route="/pipelines")
    assert found["prism_request_seconds_count"][posted] == 2
    assert found["prism_request_seconds_bucket"][posted | {("le", "+Inf")}] == 2


async def test_a_token_may_monitor_and_nothing_else(world: World) -> None:
    body = {"name": "prometheus", "permissions": ["monitor"]}
    secret = good(await world.admin.post("/tokens", json=body))["secret"]
    prometheus = world.client(secret)
    assert (await prometheus.get("/metrics")).status_code == 200
    assert (await prometheus.get("/runs")).status_code == 403
    assert (await world.anybody.get("/metrics")).status_code == 401
    project = await world.default_project()
    olga = await world.person("olga", {project: "admin"}, scope=Scope())
    assert (await olga.get("/metrics")).status_code == 403


async def test_a_log_entry_carries_the_ids_of_request_run_and_attempt(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    configure_logs("json", "debug")
    await world.launch()
    lease = await world.claim()
    capsys.readouterr()
    await lease.start()
    response = await world.admin.post(f"/runs/{lease.run_id}/cancel")
    entries = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    configure_logs()
    moved, *_ = [entry for entry in entries if entry["event"] == "run changes its state"]
    assert (moved["run_id"], moved["state"]) == (lease.run_id, "running")
    assert moved["attempt_id"] == lease.claimed["attempt_id"]
    assert moved["request_id"].startswith("req_")
    answered = [entry for entry in entries if entry["event"] == "request answered"][-1]
    assert answered["request_id"] == response.headers["x-request-id"]
    assert (answered["run_id"], answered["status"]) == (lease.run_id, 200)
    assert answered["level"] == "debug"


async def test_a_mistake_is_logged_and_answered_with_its_requests_id(
    world: World, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("server.monitoring.service.exposition", None)
    configure_logs("json")
    response = await world.admin.get("/metrics")
    entry = json.loads(capsys.readouterr().out.splitlines()[-1])
    configure_logs()
    assert response.status_code == 500
    assert response.headers["x-request-id"] == entry["request_id"]
    assert response.json()["request_id"] == entry["request_id"]
    assert response.headers["x-content-type-options"] == "nosniff"
    assert "TypeError" in entry["exception"]
