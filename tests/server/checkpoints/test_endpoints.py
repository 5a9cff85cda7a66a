from __future__ import annotations

import tarfile
from io import BytesIO
from typing import Any

from prism_engine.contract.manifest import write_manifest
from tests.server.world import RLVR, Lease, World, good, recipe


async def test_a_checkpoint_is_known_when_saved_and_durable_when_stored(world: World) -> None:
    await world.launch()
    lease = await world.claim()
    await lease.start()
    await lease.send(
        lease.event("checkpoint_saved", step=4, kind="resumable", role="policy", path="x", size=10)
    )
    path = f"/runs/{lease.run_id}/checkpoints"
    (saved,) = good(await world.admin.get(path))["data"]
    assert (saved["step"], saved["durable_at"], saved["location"]) == (4, None, None)
    stored = good(await lease.checkpoint(4, kind="resumable"))
    again = good(await lease.checkpoint(4, kind="resumable"))
    assert stored["id"] == again["id"] == saved["id"]
    assert stored["durable_at"] == again["durable_at"]
    assert stored["size"] == 3 * 2**31
    good(await lease.checkpoint(8))
    assert [c["step"] for c in good(await world.admin.get(path))["data"]] == [8, 4]
    assert (await lease.checkpoint(-1)).status_code == 422


async def stored(world: World, lease: Lease, **files: bytes) -> Any:
    """Put an exported checkpoint where a worker would, and report it."""
    folder = world.settings.home / "artifacts" / "checkpoints" / lease.run_id / "1" / "10-exported"
    (folder / "deep").mkdir(parents=True)
    for name, content in files.items():
        (folder / "deep" / name).write_bytes(content)
    manifest = write_manifest(folder)
    body = {
        "step": 10, "kind": "exported", "role": "policy", "location": f"file://{folder}",
        "size": manifest.size, "manifest": manifest.model_dump(),
    }  # fmt: skip
    return good(await world.worker.post(f"{lease.path}/checkpoints", json=body))


async def test_a_checkpoint_is_downloaded_as_a_tar_archive(world: World) -> None:
    await world.launch()
    lease = await world.claim()
    weights = bytes(range(256)) * 5000
    checkpoint = await stored(world, lease, weights=weights, empty=b"")
    response = await world.admin.get(f"/checkpoints/{checkpoint['id']}/archive")
    assert response.status_code == 200
    assert int(response.headers["content-length"]) == len(response.content)
    assert response.headers["content-disposition"].endswith('"sft-10-exported-policy.tar"')
    with tarfile.open(fileobj=BytesIO(response.content)) as archive:
        content = {
            member.name: archive.extractfile(member).read() for member in archive.getmembers()
        }
    folder = "sft-10-exported-policy"
    assert content[f"{folder}/deep/weights"] == weights
    assert content[f"{folder}/deep/empty"] == b""
    assert b'"deep/weights"' in content[f"{folder}/manifest.json"]
    elsewhere = good(await lease.checkpoint(11))
    refused = await world.admin.get(f"/checkpoints/{elsewhere['id']}/archive")
    assert refused.status_code == 409
    assert "outside of this server's artifact store" in refused.json()["detail"]


async def test_a_promoted_checkpoint_is_named_by_recipes(world: World) -> None:
    project = await world.default_project()
    await world.launch()
    lease = await world.claim()
    first, second = [good(await lease.checkpoint(step)) for step in (1, 2)]
    path = f"/projects/{project}/checkpoints/best"
    named = good(await world.admin.put(path, json={"checkpoint_id": first["id"]}))
    assert (named["checkpoint"]["id"], named["run"], named["number"]) == (first["id"], "sft", 1)
    fork = recipe(rlvr=RLVR | {"policy": {"checkpoint": "best"}})
    launched = good(await world.admin.post("/pipelines", json={"recipe": fork}))
    assert launched["recipe"]["runs"]["rlvr"]["policy"] == {"checkpoint": first["id"]}
    good(await world.admin.put(path, json={"checkpoint_id": second["id"]}))
    (only,) = good(await world.admin.get(f"/projects/{project}/checkpoints"))["data"]
    assert only["checkpoint"]["id"] == second["id"]
    assert good(await world.admin.get(f"/checkpoints/{second['id']}"))["names"] == ["best"]
    (entry, *_) = good(await world.admin.get("/audit-log", params={"kind": "checkpoint_name"}))[
        "data"
    ]
    assert entry["after"]["checkpoint_id"] == second["id"]
    mine = await world.new_project("mine")
    foreign = f"/projects/{mine}/checkpoints/best"
    assert (await world.admin.put(foreign, json={"checkpoint_id": first["id"]})).status_code == 422
    good(await world.admin.delete(path))
    assert (await world.admin.delete(path)).status_code == 404
    gone = await world.admin.post("/pipelines:validate", json={"recipe": fork})
    assert "no checkpoint best" in gone.json()["problems"][0]["message"]
