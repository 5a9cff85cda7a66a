from __future__ import annotations

from typing import Any

from tests.server.world import RLVR, SFT, World, good, recipe

TEST = {"kind": "evaluate", "policy": {"run": "rlvr"}, "data": "shapes", "samples_per_item": 0}


async def ended(world: World) -> dict[str, Any]:
    """Two stages that have ended and an evaluation that waits; their runs by name."""
    pipeline = await world.launch(sft=SFT, rlvr=RLVR, test=TEST)
    for _ in ("sft", "rlvr"):
        lease = await world.claim()
        good(await lease.checkpoint(2, kind="resumable"))
        await lease.succeed()
    found = await world.pipeline(pipeline["id"])
    await world.admin.post(f"/pipelines/{pipeline['id']}/cancel")
    return {run["name"]: run for run in found["runs"]}


async def test_a_pipeline_is_forked_with_the_difference_on_record(world: World) -> None:
    pipeline = await world.launch(sft=SFT, rlvr=RLVR)
    path = f"/pipelines/{pipeline['id']}/fork"
    body = {"changes": {"runs.rlvr.algorithm": {"kind": "dapo"}, "seed": 8}}
    forked = good(await world.admin.post(path, json=body))
    assert (forked["seed"], forked["number"]) == (8, 2)
    assert [run["name"] for run in forked["runs"]] == ["sft", "rlvr"]
    origin = forked["forked_from"]
    assert (origin["pipeline_id"], origin["pipeline"], origin["number"], origin["run"]) == (
        pipeline["id"], "demo", 1, None,
    )  # fmt: skip
    changes = {change["field"]: (change["before"], change["after"]) for change in origin["changes"]}
    assert changes["seed"] == (7, 8)
    assert changes["runs.rlvr.algorithm.kind"] == ("grpo", "dapo")
    assert all(field == "seed" or field.startswith("runs.rlvr.algorithm.") for field in changes)
    (entry, *_) = good(await world.admin.get("/audit-log", params={"kind": "pipeline"}))["data"]
    assert entry["after"]["forked_from_id"] == pipeline["id"]

    path, headers = f"/pipelines/{pipeline['id']}/clone", {"Idempotency-Key": "k"}
    cloned = good(await world.admin.post(path, headers=headers))
    assert good(await world.admin.post(path, headers=headers))["id"] == cloned["id"]
    assert cloned["id"] != pipeline["id"]
    assert cloned["recipe"] == pipeline["recipe"]
    assert cloned["forked_from"]["changes"] == []

    # A run whose parent left nothing is forked with it.
    draft = good(await world.admin.get(f"/runs/{pipeline['runs'][1]['id']}/fork"))
    assert draft["recipe"]["runs"].keys() == {"sft", "rlvr"}
    assert draft["recipe"]["runs"]["rlvr"]["policy"] == {"run": "sft"}


async def test_a_fork_of_a_run_starts_from_what_stood_before_it(world: World) -> None:
    runs = await ended(world)
    draft = good(await world.admin.get(f"/runs/{runs['rlvr']['id']}/fork"))
    assert draft["recipe"]["runs"].keys() == {"rlvr", "test"}
    assert draft["recipe"]["runs"]["rlvr"]["steps"] == 4
    assert "optimizer" not in draft["recipe"]["runs"]["rlvr"]
    assert draft["steps"] == [2]
    (export,) = [
        checkpoint
        for checkpoint in good(await world.admin.get(f"/runs/{runs['sft']['id']}/checkpoints"))[
            "data"
        ]
        if checkpoint["kind"] == "exported"
    ]
    path = f"/runs/{runs['rlvr']['id']}/fork"
    forked = good(await world.admin.post(path, json={"changes": {"steps": 6}, "alone": True}))
    (run,) = forked["runs"]
    assert (run["state"], run["steps"], run["parents"]) == ("queued", 6, [])
    assert run["sources"] == [
        {
            "role": "policy", "checkpoint_id": export["id"], "step": 10, "run": "sft",
            "run_id": runs["sft"]["id"], "pipeline_id": runs["sft"]["pipeline_id"],
        }
    ]  # fmt: skip
    (change,) = forked["forked_from"]["changes"]
    assert change == {"field": "runs.rlvr.steps", "before": 4, "after": 6}
    lease = await world.claim()
    policy = lease.claimed["inputs"][1]
    assert (policy["kind"], policy["location"]) == ("checkpoint", export["location"])
    assert lease.claimed["resume"] is None


async def test_a_fork_goes_on_from_a_chosen_step(world: World) -> None:
    runs = await ended(world)
    path = f"/runs/{runs['rlvr']['id']}/fork"
    forked = good(await world.admin.post(path, json={"step": 2, "alone": True}))
    assert forked["forked_from"]["step"] == 2
    assert [source["role"] for source in forked["runs"][0]["sources"]] == ["policy", "state"]
    lease = await world.claim()
    assert lease.claimed["resume"]["step"] == 2
    assert runs["rlvr"]["id"] in lease.claimed["resume"]["location"]
    assert (await world.run(lease.run_id))["step"] == 2
    await lease.start()
    good(await lease.checkpoint(3, kind="resumable"))
    await lease.exit("infrastructure", "disk full")
    again = await world.claim()
    assert again.claimed["resume"]["step"] == 3


REFUSED = (
    ({"step": 3}, "forked_from.step", "choose one of 2"),
    ({"step": 2, "changes": {"steps": 2}}, "runs.rlvr.steps", "raise steps above that"),
    ({"changes": {"stepz": 2}}, "runs.rlvr.stepz", "did you mean 'steps'?"),
    ({"changes": {"steps.x": 2}}, "runs.rlvr.steps.x", "no such setting"),
)


async def test_a_fork_is_checked_before_it_is_launched(world: World) -> None:
    runs = await ended(world)
    for body, field, remedy in REFUSED:
        response = await world.admin.post(f"/runs/{runs['rlvr']['id']}/fork", json=body)
        assert response.status_code == 422
        (problem,) = response.json()["errors"]
        assert problem["field"] == field
        assert remedy in problem["message"]

    draft = good(await world.admin.get(f"/runs/{runs['rlvr']['id']}/fork"))["recipe"]
    draft["runs"]["rlvr"]["steps"] = 5
    source = {"run_id": runs["rlvr"]["id"], "step": 2}
    body = {"recipe": draft, "forked_from": source}
    validation = good(await world.admin.post("/pipelines:validate", json=body))
    assert validation["valid"]
    assert validation["changes"] == [{"field": "runs.rlvr.steps", "before": 4, "after": 5}]
    launched = good(await world.admin.post("/pipelines", json=body))
    assert launched["forked_from"]["run"] == "rlvr"
    del draft["runs"]["rlvr"]
    gone = good(await world.admin.post("/pipelines:validate", json=body))
    assert "runs.test.policy.run" in {problem["field"] for problem in gone["problems"]}

    # An evaluation by itself keeps the name of its row in the results.
    draft = good(await world.admin.get(f"/runs/{runs['test']['id']}/fork"))
    (test,) = draft["recipe"]["runs"].values()
    assert test["arm"] == "rlvr"
    assert test["policy"].keys() == {"checkpoint"}


async def test_a_recipe_names_a_checkpoint_of_its_role_that_one_may_read(world: World) -> None:
    runs = await ended(world)
    saved = good(await world.admin.get(f"/runs/{runs['sft']['id']}/checkpoints"))["data"]
    by_kind = {checkpoint["kind"]: checkpoint["id"] for checkpoint in saved}

    async def problem(checkpoint: str, client: Any = world.admin, **more: Any) -> str:
        body = {"recipe": recipe(a=RLVR | {"policy": {"checkpoint": checkpoint}})} | more
        found = good(await client.post("/pipelines:validate", json=body))["problems"]
        return "".join(problem["message"] for problem in found)

    assert await problem(by_kind["exported"]) == ""
    assert "name an exported policy" in await problem(by_kind["resumable"])
    assert "no checkpoint ckp_no" in await problem("ckp_no")
    mine = await world.new_project("mine")
    outsider = await world.person("olga", {mine: "member"})
    assert "no checkpoint" in await problem(by_kind["exported"], outsider)
    foreign = {"forked_from": {"run_id": runs["sft"]["id"]}}
    body = {"recipe": recipe(), "project_id": mine} | foreign
    assert (await outsider.post("/pipelines", json=body)).status_code == 404
