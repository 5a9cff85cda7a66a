from __future__ import annotations

from tests.server.world import World, good

SIZE = 3 * 2**31
"""Of every checkpoint that a lease reports."""


async def test_a_projects_room_is_told_by_kind_and_by_its_largest_runs(world: World) -> None:
    project = await world.default_project()
    path = f"/projects/{project}/storage"
    empty = good(await world.admin.get(path))
    assert (empty["artifact_bytes"], empty["max_artifact_bytes"]) == (0, None)
    assert empty["kinds"] == [{"kind": "image", "count": 0, "bytes": 0}]
    assert empty["largest"] == []
    small, large = await world.launch(), await world.launch()
    for steps in ((10,), (5, 10)):
        lease = await world.claim()
        await lease.start()
        for step in steps:
            good(await lease.checkpoint(step, "resumable"))
        good(await lease.checkpoint(10))
        await lease.exit()
    good(await world.admin.put(f"{path}-quota", json={"max_artifact_bytes": 6 * SIZE}))
    viewer = await world.person("vera", {project: "viewer"})
    found = good(await viewer.get(path))
    assert (found["artifact_bytes"], found["max_artifact_bytes"]) == (5 * SIZE, 6 * SIZE)
    assert found["kinds"] == [
        {"kind": "resumable", "count": 3, "bytes": 3 * SIZE},
        {"kind": "exported", "count": 2, "bytes": 2 * SIZE},
        {"kind": "image", "count": 0, "bytes": 0},
    ]
    assert [
        (one["run_id"], one["run"], one["number"], one["checkpoints"], one["bytes"])
        for one in found["largest"]
    ] == [
        (large["runs"][0]["id"], "sft", large["number"], 3, 3 * SIZE),
        (small["runs"][0]["id"], "sft", small["number"], 2, 2 * SIZE),
    ]
