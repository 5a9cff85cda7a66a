from __future__ import annotations

from typing import Any

from tests.server.benchmarks.test_endpoints import score
from tests.server.world import RLVR, SFT, World, good, recipe

EVALUATE = {"kind": "evaluate", "policy": {"run": "rlvr"}, "data": "shapes"}
GRID = {"settings": {"rlvr.algorithm": ["grpo", "dapo"]}, "seeds": [0, 1]}


def study(**changes: Any) -> dict[str, Any]:
    written = recipe(sft=SFT, rlvr=RLVR, test=EVALUATE)
    return {"recipe": written, "grid": GRID} | changes


async def launch(world: World, **changes: Any) -> Any:
    return good(await world.admin.post("/studies", json=study(**changes)))


async def test_a_grid_is_launched_in_one_request_and_shares_what_is_equal(world: World) -> None:
    plan = good(await world.admin.post("/studies:validate", json=study()))
    assert (plan["valid"], plan["total_runs"], plan["unshared_runs"]) == (True, 10, 12)
    assert [arm["label"] for arm in plan["arms"]] == ["grpo", "dapo"]
    reasons = {run["name"]: run["reason"] for run in plan["runs"]}
    assert reasons["sft"] == "Waits for a slot on queue default; it is next"
    assert reasons["rlvr-grpo"] is None
    response = await world.admin.post("/studies", json=study(name="grpo-or-dapo"))
    made = response.json()
    assert response.status_code == 201
    assert response.headers["location"] == f"/api/v1/studies/{made['id']}"
    assert (made["name"], made["state"], made["seeds"]) == ("grpo-or-dapo", "queued", [0, 1])
    assert [(cell["arm"], cell["seed"], cell["state"]) for cell in made["cells"]] == [
        ("grpo", 0, "queued"), ("grpo", 1, "queued"), ("dapo", 0, "queued"), ("dapo", 1, "queued"),
    ]  # fmt: skip
    pipelines = good(await world.admin.get("/pipelines"))["data"]
    assert [(p["name"], p["seed"], p["study_id"]) for p in pipelines] == [
        ("grpo-or-dapo", 1, made["id"]), ("grpo-or-dapo", 0, made["id"]),
    ]  # fmt: skip
    states = {run["name"]: run["state"] for run in pipelines[0]["runs"]}
    assert states == {
        "sft": "queued", "rlvr-grpo": "blocked", "rlvr-dapo": "blocked",
        "test-grpo": "blocked", "test-dapo": "blocked",
    }  # fmt: skip
    shared = [cell["runs"][0]["id"] for cell in made["cells"] if cell["seed"] == 0]
    assert shared[0] == shared[1]
    listed = good(await world.admin.get("/studies"))["data"]
    assert [(s["id"], s["arms"], s["seeds"], s["state"]) for s in listed] == [
        (made["id"], 2, 2, "queued")
    ]
    (entry,) = good(await world.admin.get("/audit-log", params={"kind": "study"}))["data"]
    assert entry["after"]["grid"]["settings"] == GRID["settings"]


async def test_what_is_wrong_with_an_arm_keeps_the_whole_from_being_launched(world: World) -> None:
    body = study(grid={"settings": {"sft.data": ["shapes", "nowhere"], "rlvr.stepz": [1]}})
    refused = (await world.admin.post("/studies", json=body)).json()
    assert refused["errors"][0]["field"] == "runs.rlvr.stepz"
    assert "in arm 'shapes, stepz 1': there is no setting" in refused["errors"][0]["message"]
    body = study(grid={"settings": {"sft.data": ["shapes", "nowhere"]}})
    plan = good(await world.admin.post("/studies:validate", json=body))
    assert (plan["valid"], plan["runs"]) == (False, [])
    assert plan["problems"][0]["field"] == "runs.sft-nowhere.data"
    assert good(await world.admin.get("/pipelines"))["data"] == []
    strange = study(grid={"settings": {"sft.data": ["a\0b"]}})
    assert (await world.admin.post("/studies", json=strange)).status_code == 422


async def test_the_same_key_launches_once(world: World) -> None:
    headers = {"Idempotency-Key": "one"}
    first = good(await world.admin.post("/studies", json=study(), headers=headers))
    again = good(await world.admin.post("/studies", json=study(), headers=headers))
    assert first["id"] == again["id"]
    assert len(good(await world.admin.get("/pipelines"))["data"]) == 2


async def test_no_more_runs_are_executed_at_once_than_the_study_may(world: World) -> None:
    made = await launch(world, most_at_once=1, name="narrow")
    first = await world.claim()
    response = await world.worker.post("/worker/claim", json=world.offer())
    assert response.status_code == 204
    other = await world.admin.get(f"/pipelines/{made['pipelines'][1]}")
    assert good(other)["runs"][0]["reason"] == "Study narrow runs at most 1 at once"
    # What is of no study does not wait for it.
    alone = await world.launch()
    assert (await world.claim()).run_id == alone["runs"][0]["id"]
    await first.succeed()
    second = await world.claim()
    assert (await world.worker.post("/worker/claim", json=world.offer())).status_code == 204
    wider = await world.admin.patch(f"/studies/{made['id']}", json={"most_at_once": None})
    assert good(wider)["most_at_once"] is None
    third = await world.claim()
    assert len({first.run_id, second.run_id, third.run_id}) == 3


async def test_a_study_is_cancelled_as_a_whole(world: World) -> None:
    made = await launch(world)
    lease = await world.claim()
    cancelled = good(await world.admin.post(f"/studies/{made['id']}/cancel"))
    assert cancelled["state"] == "running"
    assert (await lease.heartbeat())["desired_state"] == "cancel"
    await lease.exit("cancelled")
    ended = good(await world.admin.get(f"/studies/{made['id']}"))
    assert {cell["state"] for cell in ended["cells"]} == {"cancelled"}
    assert ended["state"] == "cancelled"


async def test_results_stand_together_arm_by_arm_and_seed_by_seed(world: World) -> None:
    made = await launch(world)
    for _ in range(10):
        lease = await world.claim()
        name = lease.claimed["run_name"]
        if not name.startswith("test"):
            await lease.succeed()
            continue
        await lease.start()
        arm = lease.claimed["recipe"]["runs"][name]["arm"]
        await score(lease, arm, {"grpo": 0.4, "dapo": 0.6}[arm])
        await lease.exit()
    found = good(await world.admin.get(f"/studies/{made['id']}/results"))
    first, second = reversed(made["pipelines"])
    assert [(row["pipeline_id"], row["arm"]) for row in found["arms"]] == [
        (first, "grpo"), (first, "dapo"), (second, "grpo"), (second, "dapo"),
    ]  # fmt: skip
    assert good(await world.admin.get(f"/studies/{made['id']}"))["state"] == "succeeded"
