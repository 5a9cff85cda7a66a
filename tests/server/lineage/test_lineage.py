from __future__ import annotations

from typing import Any

from server.tables import Dataset
from tests.server.world import RLVR, SFT, World, good


async def test_a_run_knows_what_it_goes_back_to_and_what_came_of_it(world: World) -> None:
    pipeline = await world.launch(sft=SFT, rlvr=RLVR)
    for _ in range(2):
        await (await world.claim()).succeed()
    sft, rlvr = (run["id"] for run in pipeline["runs"])
    body = {"changes": {"steps": 6}}
    fork = good(await world.admin.post(f"/runs/{rlvr}/fork", json=body))
    (forked,) = (run["id"] for run in fork["runs"])
    async with world.parts.database.writing() as session:
        (await session.get_one(Dataset, "dat_1")).run_id = sft

    def edges(found: Any) -> set[tuple[str, str, str]]:
        names = {node["id"]: node["name"] for node in found["nodes"]} | {forked: "forked"}
        return {(names[e["source"]], names[e["target"]], e["role"]) for e in found["edges"]}

    found = good(await world.admin.get(f"/runs/{forked}/lineage"))
    assert found["complete"]
    assert edges(found) == {
        ("sft", "exported policy", "saved"),
        ("exported policy", "rlvr", "policy"),
        ("exported policy", "forked", "policy"),
        ("rlvr", "forked", "fork"),
        ("shapes", "sft", "data"),
        ("shapes", "rlvr", "data"),
        ("shapes", "forked", "data"),
        ("sft", "shapes", "curated"),
    }
    above = good(await world.admin.get(f"/runs/{sft}/lineage"))
    runs = {node["id"] for node in above["nodes"] if node["kind"] == "run"}
    assert runs == {sft, rlvr, forked}

    difference = good(await world.admin.get(f"/runs/{rlvr}/diff", params={"other": forked}))
    changes = {change["field"]: change["after"] for change in difference["changes"]}
    assert changes["steps"] == 6
    assert changes["policy.run"] is None
    assert changes["policy.checkpoint"].startswith("ckp_")

    mine = await world.new_project("mine")
    outsider = await world.person("olga", {mine: "admin"})
    own = {"name": "own", "runs": {"sft": SFT}}
    body = {"recipe": own, "project_id": mine}
    own_run = good(await outsider.post("/pipelines", json=body))["runs"][0]["id"]
    hidden = await outsider.get(f"/runs/{own_run}/diff", params={"other": rlvr})
    assert hidden.status_code == 404
    seen = good(await outsider.get(f"/runs/{own_run}/lineage"))
    assert {node["id"] for node in seen["nodes"] if node["kind"] == "run"} == {own_run}
