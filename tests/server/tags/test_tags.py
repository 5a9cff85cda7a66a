from __future__ import annotations

from tests.server.world import World, good


async def test_the_most_used_tags_of_what_one_may_read(world: World) -> None:
    runs = [(await world.launch())["runs"][0]["id"] for _ in range(3)]
    for run_id, tags in zip(runs, (["b", "a"], ["b"], ["c"]), strict=True):
        good(await world.admin.patch(f"/runs/{run_id}", json={"tags": tags}))
    used = [{"tag": "b", "runs": 2}, {"tag": "a", "runs": 1}, {"tag": "c", "runs": 1}]
    assert good(await world.admin.get("/tags"))["data"] == used
    member = await world.person("mara", {await world.default_project(): "viewer"})
    assert good(await member.get("/tags", params={"limit": 2}))["data"] == used[:2]
    stranger = await world.person("stan", {await world.new_project("other"): "admin"})
    assert good(await stranger.get("/tags"))["data"] == []
