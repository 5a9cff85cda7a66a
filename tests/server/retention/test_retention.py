"""What is deleted frees its bytes on the disk, and nothing that somebody needs is."""

from __future__ import annotations

from datetime import timedelta
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from typing import Any

from PIL import Image
from sqlalchemy import select

from prism_engine.contract.manifest import write_manifest
from server.database import clock
from server.retention.discards import empty_discards
from server.retention.policy import apply_policies
from server.tables import Event, MetricTail, Run, StepSample
from tests.server.world import RLVR, SFT, Lease, World, good


def store(world: World) -> Path:
    return world.settings.home / "artifacts"


def on_disk(world: World) -> set[str]:
    """Every file of the artifact store, without manifests."""
    return {
        path.relative_to(store(world)).as_posix()
        for path in store(world).rglob("*")
        if path.is_file() and path.name != "manifest.json"
    }


async def save(world: World, lease: Lease, step: int, kind: str, size: int = 1000) -> Any:
    """Store a checkpoint as a worker does, and report it."""
    name = f"{step}-{kind}-policy"
    folder = store(world) / "checkpoints" / lease.run_id / "1" / name
    folder.mkdir(parents=True)
    (folder / "weights").write_bytes(bytes(size))
    manifest = write_manifest(folder)
    body = {
        "step": step, "kind": kind, "role": "policy", "location": f"file://{folder}",
        "size": manifest.size, "manifest": manifest.model_dump(),
    }  # fmt: skip
    return good(await world.worker.post(f"{lease.path}/checkpoints", json=body))


async def draw(world: World, lease: Lease, step: int, colour: str) -> str:
    """Upload an image and send a sample that shows it; returns the image's hash."""
    content = BytesIO()
    Image.new("RGB", (8, 8), colour).save(content, "PNG")
    digest = sha256(content.getvalue()).hexdigest()
    path = f"/worker/artifacts/{digest}"
    good(await world.worker.put(path, content=content.getvalue()))
    sample = {"item": "a", "question": "?", "images": [digest], "rollouts": []}
    await lease.send(lease.event("samples_drawn", step=step, samples=[sample]))
    return digest


async def trained(world: World, colour: str, **runs: Any) -> Lease:
    """Launch a pipeline and take its first run to the end."""
    await world.launch(**runs)
    lease = await world.claim()
    await lease.start()
    await lease.step(1, 2)
    await draw(world, lease, 1, "red")
    await draw(world, lease, 2, colour)
    for step in (1, 2):
        await save(world, lease, step, "resumable")
    await save(world, lease, 2, "exported", 5000)
    await lease.exit()
    return lease


async def freed(world: World, before: set[str]) -> set[str]:
    """Empty the outbox of the store; return the files that went since then."""
    parts = world.parts
    await empty_discards(parts.database, parts.artifacts, parts.checkpoints, timedelta(0))
    return before - on_disk(world)


async def test_deleting_a_pipeline_frees_what_only_it_used(world: World) -> None:
    lease = await trained(world, "green")
    other = await trained(world, "blue")
    pipeline = (await world.run(lease.run_id))["pipeline_id"]
    plan = good(await world.admin.get(f"/pipelines/{pipeline}/deletion"))
    assert (plan["runs"], plan["checkpoints"], plan["checkpoint_bytes"]) == (1, 3, 7000)
    # The red image is the other pipeline's too.
    assert (plan["samples"], plan["images"], plan["refused"]) == (2, 1, [])
    before = on_disk(world)
    size = {path: (store(world) / path).stat().st_size for path in before}
    good(await world.admin.delete(f"/pipelines/{pipeline}"))
    assert (await world.admin.get(f"/pipelines/{pipeline}")).status_code == 404
    assert (await world.admin.get(f"/runs/{lease.run_id}")).status_code == 404
    gone = await freed(world, before)
    assert sum(size[path] for path in gone) == plan["checkpoint_bytes"] + plan["image_bytes"]
    assert {path.split("/")[0] for path in gone} == {"checkpoints", "images"}
    assert len(gone) == 4
    assert not (store(world) / "checkpoints" / lease.run_id / "1" / "2-exported-policy").exists()
    samples = good(await world.admin.get(f"/runs/{other.run_id}/samples"))["data"]
    for sample in samples:
        (digest,) = sample["sample"]["images"]
        assert (await world.admin.get(f"/artifacts/{digest}")).status_code == 200
    (entry, *_) = good(await world.admin.get("/audit-log", params={"object_id": pipeline}))["data"]
    assert (entry["action"], entry["before"]["name"]) == ("delete", "demo")


async def test_what_somebody_needs_is_refused_with_the_names(world: World) -> None:
    lease = await trained(world, "green", sft=SFT, rlvr=RLVR)
    pipeline = (await world.run(lease.run_id))["pipeline_id"]
    (export,) = [
        one
        for one in good(await world.admin.get(f"/runs/{lease.run_id}/checkpoints"))["data"]
        if one["kind"] == "exported"
    ]
    refused = await world.admin.delete(f"/checkpoints/{export['id']}")
    assert refused.status_code == 409
    assert "needed by rlvr of demo #1" in refused.json()["detail"]
    going = await world.admin.delete(f"/pipelines/{pipeline}")
    assert "rlvr of demo #1 is queued; cancel it first" in going.json()["detail"]
    await world.admin.post(f"/pipelines/{pipeline}/cancel")
    await world.admin.post(f"/runs/{lease.run_id}/archive")
    child = (await world.pipeline(pipeline))["runs"][1]["id"]
    fork = good(await world.admin.post(f"/runs/{child}/fork", json={}))
    plan = good(await world.admin.get(f"/pipelines/{pipeline}/deletion"))
    assert plan["refused"] == ["rlvr of demo #2 started from it; delete that first"]
    alone = await world.admin.delete(f"/runs/{lease.run_id}")
    assert "rlvr of demo #1 started from it" in alone.json()["detail"]
    before = on_disk(world)
    assert await freed(world, before) == set()
    await world.admin.post(f"/pipelines/{fork['id']}/cancel")
    good(await world.admin.delete(f"/pipelines/{fork['id']}"))
    good(await world.admin.delete(f"/pipelines/{pipeline}"))
    assert len(await freed(world, before)) == 5


async def test_a_policy_is_applied_to_what_is_old_and_unneeded(world: World) -> None:
    project = await world.default_project()
    lease = await trained(world, "green")
    young = await trained(world, "blue", sft=SFT, rlvr=RLVR)
    async with world.parts.database.writing() as session:
        run = await session.get_one(Run, lease.run_id)
        run.finished_at = await clock(session) - timedelta(days=31)
    policy = {"metrics_days": 30, "samples_days": 30, "checkpoints_kept": 1}
    path = f"/projects/{project}/retention"
    plan = good(await world.admin.post(f"{path}:preview", json=policy))
    # One surplus checkpoint of either run; samples and curves of the old one.
    assert (plan["checkpoints"], plan["checkpoint_bytes"]) == (2, 2000)
    assert (plan["samples"], plan["images"], plan["metric_runs"]) == (2, 1, 1)
    before = on_disk(world)
    assert await freed(world, before) == set()

    member = await world.person("mara", {project: "member"})
    assert (await member.put(path, json=policy)).status_code == 403
    good(await world.admin.put(path, json=policy))
    assert good(await member.get(path))["metrics_days"] == 30
    await apply_policies(world.parts.database)
    gone = await freed(world, before)
    assert {path for path in gone if "checkpoints" in path} == {
        f"checkpoints/{one.run_id}/1/1-resumable-policy/weights" for one in (lease, young)
    }
    assert len(gone) == 3
    async with world.parts.database.reading() as session:
        for table in (StepSample, MetricTail):
            kept = set(await session.scalars(select(table.run_id)))
            assert kept == {young.run_id}
        types = await session.scalars(select(Event.type).where(Event.run_id == lease.run_id))
        assert {"samples_drawn", "step_finished"}.isdisjoint(types)
    assert (await world.run(lease.run_id))["latest"] == {"loss": 2.0}
    saved = good(await world.admin.get(f"/runs/{lease.run_id}/checkpoints"))["data"]
    assert [(one["step"], one["deleted_at"] is None) for one in saved] == [
        (2, True), (2, True), (1, False),
    ]  # fmt: skip

    # What waits for it is kept although it is too old by now.
    async with world.parts.database.writing() as session:
        run = await session.get_one(Run, young.run_id)
        run.finished_at = await clock(session) - timedelta(days=31)
    plan = good(await world.admin.post(f"{path}:preview", json={"checkpoints_days": 30}))
    assert [entry["needed_by"] for entry in plan["kept"]] == [["rlvr of demo #2"]]
    good(await world.admin.put(path, json={"checkpoints_days": 30}))
    before = on_disk(world)
    await apply_policies(world.parts.database)
    gone = await freed(world, before)
    assert f"checkpoints/{young.run_id}/1/2-exported-policy/weights" in on_disk(world)
    assert len(gone) == 3


async def test_of_chosen_runs_it_is_said_which_can_go_and_in_which_order(world: World) -> None:
    lease = await trained(world, "green", sft=SFT, rlvr=RLVR)
    sft, rlvr = (await world.pipeline((await world.run(lease.run_id))["pipeline_id"]))["runs"]
    good(await world.admin.post(f"/runs/{rlvr['id']}/cancel"))
    other = await trained(world, "blue")
    named = await trained(world, "white")
    going = (await world.launch())["runs"][0]["id"]
    saved = good(await world.admin.get(f"/runs/{named.run_id}/checkpoints"))["data"]
    export = next(one["id"] for one in saved if one["kind"] == "exported")
    names = f"/projects/{await world.default_project()}/checkpoints"
    good(await world.admin.put(f"{names}/best", json={"checkpoint_id": export}))
    chosen = [sft["id"], rlvr["id"], going, "run_0", named.run_id, other.run_id]
    path = "/runs:preview-deletion"
    plan = good(await world.admin.post(path, json={"runs": chosen}))
    assert plan["order"] == [other.run_id, rlvr["id"], sft["id"]]
    assert {one["run_id"]: one["reasons"] for one in plan["refused"]} == {
        going: ["sft of demo #4 is queued; cancel it first"],
        "run_0": ["it is not there any more"],
        named.run_id: ["a checkpoint of it is named best; take the name away first"],
    }
    removal = plan["removal"]
    # The red image is shown by the run with a name too, the green and the blue one by nobody else.
    assert (removal["runs"], removal["checkpoint_bytes"], removal["images"]) == (3, 14_000, 2)
    # A run stays for what stays although that was chosen too.
    good(await world.admin.post(f"/runs/{rlvr['id']}/retry"))
    plan = good(await world.admin.post(path, json={"runs": chosen[:2]}))
    assert plan["order"] == []
    assert [one["reasons"] for one in plan["refused"]] == [
        ["rlvr of demo #1 started from it; delete that first"],
        ["rlvr of demo #1 is queued; cancel it first"],
    ]
    assert (await world.admin.post(path, json={"runs": []})).status_code == 422


async def test_chosen_runs_of_others_are_not_there_or_not_ones_own(world: World) -> None:
    run_id = (await world.launch())["runs"][0]["id"]
    theirs, mine = await world.default_project(), await world.new_project("mine")
    body = {"runs": [run_id]}
    stranger = await world.person("olga", {mine: "admin"})
    viewer = await world.person("vera", {mine: "admin", theirs: "member"})
    for person, reason in (
        (stranger, "it is not there any more"),
        (viewer, "only an administrator of its project deletes it"),
    ):
        plan = good(await person.post("/runs:preview-deletion", json=body))
        assert (plan["order"], plan["refused"][0]["reasons"]) == ([], [reason])
