from __future__ import annotations

from hashlib import sha256
from socket import gethostname
from typing import Any

import pytest
from sqlalchemy import select

from server.settings import Settings
from server.storage import disk
from server.storage.watch import DiskWatch
from server.tables import WebhookDelivery
from tests.server.artifacts.test_endpoints import png
from tests.server.world import World, good, recipe

GIB = 2**30


@pytest.fixture
def left(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Has the disk say that so many GiB of 100 are left."""

    def leave(gib: float) -> None:
        monkeypatch.setattr(disk, "measure", lambda folder: (round(gib * GIB), 100 * GIB))

    return leave


async def upload(world: World, content: bytes, **query: str) -> Any:
    path = f"/worker/artifacts/{sha256(content).hexdigest()}"
    return await world.worker.put(path, content=content, params=query)


async def test_a_full_disk_takes_events_of_what_runs_and_nothing_new(
    world: World, left: Any
) -> None:
    await world.launch()
    lease = await world.claim()
    await lease.start()
    left(0.9)
    launched = await world.admin.post("/pipelines", json={"recipe": recipe()})
    problem = launched.json()
    assert (launched.status_code, problem["code"]) == (507, "no_room")
    assert "0.9 GiB left, and 1.0 GiB are kept" in problem["detail"]
    assert "PRISM_DISK_RESERVE_GIB" in problem["detail"]
    assert (await upload(world, png())).status_code == 507
    body = {"name": "more", "location": "more"}
    assert (await world.admin.post("/datasets", json=body)).status_code == 507
    assert (await world.admin.post("/models", json=body)).status_code == 507
    await lease.step(1, 2)
    assert (await world.run(lease.run_id))["step"] == 2
    assert good(await world.admin.get("/storage/disk")) == {
        "state": "full", "free_bytes": round(0.9 * GIB), "total_bytes": 100 * GIB,
        "reserve_bytes": GIB,
    }  # fmt: skip
    left(1.1)
    good(await world.admin.post("/pipelines", json={"recipe": recipe()}))
    assert (await upload(world, png())).status_code == 204


async def test_each_worsening_is_told_once_before_the_disk_is_full(
    world: World, left: Any, settings: Settings
) -> None:
    project = await world.default_project()
    hook = {"url": "https://hooks.example/x", "topics": ["alert.raised"]}
    good(await world.admin.post(f"/projects/{project}/webhooks", json=hook))
    watch = DiskWatch(settings, world.parts.database)
    for gib in (50, 2.9, 2.8, 0.5, 0.4, 50, 2.9):
        left(gib)
        await watch.look()
    async with world.parts.database.reading() as session:
        rows = await session.scalars(select(WebhookDelivery).order_by(WebhookDelivery.id))
        told = [row.payload["data"] for row in rows]
    assert [data["alert"] for data in told] == ["disk_low", "disk_full", "disk_low"]
    assert told[0] == {
        "project_id": project,
        "alert": "disk_low",
        "message": "The server's disk has 2.9 of 100.0 GiB left: it will be full soon",
    }
    assert told[1]["message"].endswith("launches and uploads are refused")
    listed = good(await world.admin.get("/alerts"))["data"]
    assert [row["kind"] for row in listed] == ["disk_low", "disk_full", "disk_low"]
    assert (listed[2]["message"], listed[2]["pipeline_id"]) == (told[0]["message"], None)


async def test_a_worker_tells_of_its_disk_and_each_worsening_is_an_alert(
    world: World, left: Any
) -> None:
    left(50)
    project = await world.default_project()
    hook = {"url": "https://hooks.example/x", "topics": ["alert.raised"]}
    good(await world.admin.post(f"/projects/{project}/webhooks", json=hook))
    path = f"/worker/workers/{world.worker_id}/disk"

    async def report(gib: float, total: int = 200) -> None:
        body = {"free_bytes": round(gib * GIB), "total_bytes": total * GIB, "reserve_bytes": GIB}
        good(await world.worker.post(path, json=body))

    for gib in (50, 2.9, 2.8, 0.5):
        await report(gib)
    (worker,) = good(await world.admin.get("/workers"))["data"]
    assert (worker["disk"]["state"], worker["disk"]["free_bytes"]) == ("full", GIB // 2)
    stranger = await world.person("stan", {await world.new_project("other"): "viewer"})
    listed = good(await stranger.get("/alerts"))["data"]
    assert [(row["kind"], row["message"]) for row in listed] == [
        ("disk_full", "The disk of worker one on here has 0.5 of 200.0 GiB left: "
         "its checkpoints may not reach the artifact store"),
        ("disk_low", "The disk of worker one on here has 2.9 of 200.0 GiB left: "
         "it will be full soon"),
    ]  # fmt: skip
    async with world.parts.database.reading() as session:
        rows = (await session.scalars(select(WebhookDelivery))).all()
    assert {row.payload["data"]["alert"] for row in rows} == {"disk_low", "disk_full"}
    only = good(await world.admin.get("/alerts", params={"kind": "disk_full"}))["data"]
    assert [row["id"] for row in only] == [listed[0]["id"]]
    somebody = await world.another_worker()
    body = {"free_bytes": 0, "total_bytes": 1, "reserve_bytes": 1}
    assert (await somebody.post(path, json=body)).status_code == 404


async def test_a_disk_that_a_worker_shares_with_the_server_is_told_of_once(
    world: World, left: Any
) -> None:
    left(50)
    body = {"name": "beside", "host": gethostname(), "pid": 1, "slots": 1, "queues": ["default"]}
    worker_id = good(await world.worker.post("/worker/register", json=body))["worker_id"]
    disk = {"free_bytes": GIB, "total_bytes": 100 * GIB, "reserve_bytes": GIB}
    good(await world.worker.post(f"/worker/workers/{worker_id}/disk", json=disk))
    assert good(await world.admin.get("/alerts"))["data"] == []


async def test_a_project_whose_quota_is_used_launches_nothing_and_shows_no_more_images(
    world: World,
) -> None:
    project = await world.default_project()
    await world.launch()
    lease = await world.claim()
    await lease.start()
    attempt = {"attempt_id": str(lease.claimed["attempt_id"])}
    content = png()
    assert (await upload(world, content, **attempt)).status_code == 204
    good(await lease.checkpoint(10))
    used = 3 * 2**31 + len(content)
    path = f"/projects/{project}/storage-quota"
    set_ = good(await world.admin.put(path, json={"max_artifact_bytes": used}))
    assert (set_["artifact_bytes"], set_["max_artifact_bytes"]) == (used, used)
    assert good(await world.admin.get("/storage"))["data"] == [set_]
    refused = await world.admin.post("/pipelines", json={"recipe": recipe()})
    assert (refused.status_code, refused.json()["code"]) == (507, "no_room")
    assert "has 6.00 GiB of artifacts, and its quota is 6.00 GiB" in refused.json()["detail"]
    assert (await upload(world, png(9), **attempt)).status_code == 507
    # What runs still saves: a run that could not would be lost.
    good(await lease.checkpoint(11))
    await lease.step(1)
    good(await world.admin.put(path, json={"max_artifact_bytes": None}))
    await world.launch()


async def test_a_quota_is_the_administrators(world: World) -> None:
    project = await world.default_project()
    olga = await world.person("olga", {project: "admin"})
    body = {"max_artifact_bytes": 1}
    assert (await olga.put(f"/projects/{project}/storage-quota", json=body)).status_code == 403
    assert good(await olga.get("/storage"))["data"][0]["project"] == "default"
