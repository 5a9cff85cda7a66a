from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from server.alerts.stalled import find_stalled
from server.database import clock
from server.settings import Settings
from server.tables import Attempt
from tests.server.audits.test_endpoints import audit
from tests.server.webhooks.receiver import receiving
from tests.server.webhooks.test_webhooks import made, settled
from tests.server.world import Lease, World, good


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return settings.model_copy(update={"allowed_addresses": "127.0.0.1"})


async def alerts(world: World, path: str, number: int) -> list[tuple[str, str, Any]]:
    """Wait for so many; return what each is of, what it says, and of which run."""
    found = [row["payload"]["data"] for row in await settled(world, path, number)]
    return [(row["alert"], row["message"], row.get("run", {}).get("name")) for row in found]


async def started(world: World) -> Lease:
    await world.launch()
    lease = await world.claim()
    await lease.start()
    return lease


async def test_a_run_that_diverges_is_an_alert_and_so_is_the_end(world: World) -> None:
    async with receiving() as receiver:
        path, _ = await made(world, receiver.url, "alert.raised")
        lease = await started(world)
        await lease.exit("diverged", "the loss is not finite")
        assert await alerts(world, path, 2) == [
            ("diverged", "the loss is not finite", "sft"),
            ("finished", "demo #1 failed", None),
        ]
        assert len(receiver.requests) == 2


async def test_a_line_that_names_an_alert_is_one(world: World) -> None:
    async with receiving() as receiver:
        path, _ = await made(world, receiver.url, "alert.raised")
        lease = await started(world)
        calm = lease.event("log", level="warning", message="of no concern")
        said = lease.event("log", level="warning", message="0.3 nats apart", alert="mismatched")
        await lease.send(calm, said)
        await lease.send(said)
        assert await alerts(world, path, 1) == [("mismatched", "0.3 nats apart", "sft")]
    listed = good(await world.admin.get("/alerts?kind=mismatched"))["data"]
    assert [(row["kind"], row["message"], row["run"]) for row in listed] == [
        ("mismatched", "0.3 nats apart", "sft")
    ]
    log = good(await world.admin.get(f"/runs/{lease.run_id}/logs"))["data"]
    assert [line["text"] for line in log] == ["of no concern", "0.3 nats apart"]


async def test_verdicts_that_alarm_are_alerts_when_they_come(world: World) -> None:
    async with receiving() as receiver:
        path, _ = await made(world, receiver.url, "alert.raised")
        lease = await started(world)
        await audit(lease, 1)
        await audit(lease, 2, verdict="saturated", reason="all pairs told apart")
        await audit(lease, 3, verdict="saturated", reason="all pairs told apart")
        await audit(lease, 4, verdict="collapsed", reason="no form")
        assert await alerts(world, path, 2) == [
            ("saturated", "all pairs told apart", "sft"),
            ("collapsed", "no form", "sft"),
        ]


async def test_a_channel_of_slack_is_told_in_a_line_with_a_link(world: World) -> None:
    async with receiving() as receiver:
        path = f"/projects/{await world.default_project()}/webhooks"
        topics = ["alert.raised", "run.state_changed", "audit.verdict_changed"]
        body = {"url": receiver.url, "topics": topics, "kind": "slack"}
        created = good(await world.admin.post(path, json=body))["webhook"]
        assert created["kind"] == "slack"
        lease = await started(world)
        await audit(lease, 1, verdict="saturated", reason="a < b & <!channel>")
        await lease.exit("diverged", "the loss is not finite")
        await settled(world, f"{path}/{created['id']}", 8)
        run = await world.run(lease.run_id)
        url = world.parts.settings.public_url
        page = f"{url}/pipelines/{run['pipeline_id']}"
        link = f"<{page}?run=sft|demo #1 sft>"
        texts = [request.content["text"] for request in receiver.requests]
        assert all(request.content.keys() == {"text"} for request in receiver.requests)
        assert f"*saturated* · {link} · a &lt; b &amp; &lt;!channel&gt;" in texts
        assert f"{link} at step 1: *saturated* · a &lt; b &amp; &lt;!channel&gt;" in texts
        assert f"*diverged* · {link} · the loss is not finite" in texts
        assert f"{link} is *failed*, was running · the loss is not finite" in texts
        assert f"*finished* · <{page}|demo #1> · demo #1 failed" in texts
        good(await world.admin.post(f"{path}/{created['id']}/ping"))
        await settled(world, f"{path}/{created['id']}", 9)
        said = receiver.requests[-1].content
        assert said == {"text": f"<{url}|PRISM Control> reaches this channel."}


async def test_alerts_are_kept_and_listed_for_whoever_may_read_the_project(world: World) -> None:
    lease = await started(world)
    await lease.exit("diverged", "the loss is not finite")
    listed = good(await world.admin.get("/alerts"))["data"]
    assert [(row["kind"], row["message"], row["run"]) for row in listed] == [
        ("finished", "demo #1 failed", None),
        ("diverged", "the loss is not finite", "sft"),
    ]
    assert (listed[1]["pipeline_name"], listed[1]["pipeline_number"]) == ("demo", 1)
    newest = good(await world.admin.get("/alerts", params={"limit": 1}))
    rest = await world.admin.get("/alerts", params={"after": newest["next_cursor"]})
    assert [row["id"] for row in good(rest)["data"]] == [listed[1]["id"]]
    only = await world.admin.get("/alerts", params={"kind": "diverged"})
    assert [row["id"] for row in good(only)["data"]] == [listed[1]["id"]]
    stranger = await world.person("stan", {await world.new_project("other"): "admin"})
    assert good(await stranger.get("/alerts"))["data"] == []


async def test_an_alert_knows_the_step_at_which_its_run_was(world: World) -> None:
    lease = await started(world)
    await lease.step(1)
    await lease.step(2)
    said = lease.event("log", level="warning", message="0.3 nats apart", alert="mismatched")
    await lease.send(said)
    other = await started(world)
    await other.send(other.event("log", level="warning", message="apart", alert="mismatched"))
    (alert,) = good(await world.admin.get("/alerts", params={"run_id": lease.run_id}))["data"]
    assert (alert["kind"], alert["run"], alert["step"]) == ("mismatched", "sft", 2)


async def last_step_ago(world: World, lease: Lease, **ago: float) -> None:
    async with world.parts.database.writing() as session:
        query = select(Attempt).where(Attempt.run_id == lease.run_id)
        attempt = (await session.scalars(query)).one()
        attempt.stepped_at = await clock(session) - timedelta(**ago)


async def test_a_run_stalls_once_until_it_goes_on(world: World) -> None:
    silence = timedelta(minutes=30)
    async with receiving() as receiver:
        path, _ = await made(world, receiver.url, "alert.raised")
        lease = await started(world)
        await last_step_ago(world, lease, minutes=29)
        await find_stalled(world.parts.database, silence)
        assert (await world.run(lease.run_id))["stalled_at"] is None
        await last_step_ago(world, lease, minutes=31)
        for _ in range(2):
            await find_stalled(world.parts.database, silence)
        run = await world.run(lease.run_id)
        assert run["stalled_at"] is not None
        said = ("stalled", "sft has finished no step for 31 minutes", "sft")
        assert await alerts(world, path, 1) == [said]
        await lease.step(1)
        assert (await world.run(lease.run_id))["stalled_at"] is None
        await last_step_ago(world, lease, minutes=31)
        await find_stalled(world.parts.database, silence)
        assert await alerts(world, path, 2) == [said, said]
