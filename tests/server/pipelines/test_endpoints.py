from __future__ import annotations

import asyncio

import pytest

from tests.server.world import RLVR, SFT, World, good, recipe

WARMUP = {"kind": "warmup", "policy": {"run": "sft"}, "data": "shapes", "steps": 3}
ALIGN = {
    "kind": "align", "policy": {"run": "sft"}, "discriminator": {"run": "warmup"}, "data": "shapes",
}  # fmt: skip


async def test_a_launched_pipeline_queues_roots_and_blocks_children(world: World) -> None:
    response = await world.admin.post(
        "/pipelines", json={"recipe": recipe(align=ALIGN, sft=SFT, warmup=WARMUP)}
    )
    pipeline = response.json()
    assert response.status_code == 201
    assert response.headers["location"] == f"/api/v1/pipelines/{pipeline['id']}"
    assert [run["name"] for run in pipeline["runs"]] == ["sft", "warmup", "align"]
    assert [run["state"] for run in pipeline["runs"]] == ["queued", "blocked", "blocked"]
    sft, warmup, align = pipeline["runs"]
    assert sft["reason"] == "Waits for a slot on queue default; it is next"
    assert align["reason"] == "Blocked by sft and warmup"
    assert align["parents"] == [
        {"role": "policy", "run_id": sft["id"], "run": "sft"},
        {"role": "discriminator", "run_id": warmup["id"], "run": "warmup"},
    ]
    assert (pipeline["number"], pipeline["seed"], pipeline["state"]) == (1, 7, "queued")
    assert pipeline["created_by"] == "admin"
    assert pipeline["recipe"]["runs"]["sft"]["optimizer"]["learning_rate"] == 1e-5


async def test_a_recipe_may_come_as_yaml_and_numbers_count_up(world: World) -> None:
    text = "name: demo\nruns:\n  sft: {kind: sft, policy: {model: tiny}, data: shapes, steps: 3}\n"
    first = good(await world.admin.post("/pipelines", json={"recipe": text}))
    second = good(await world.admin.post("/pipelines", json={"recipe": text}))
    assert [first["number"], second["number"]] == [1, 2]
    assert first["runs"][0]["steps"] == 3


@pytest.mark.parametrize(
    ("run", "field", "remedy"),
    [
        ({"data": "nowhere"}, "runs.sft.data", "prism dataset register nowhere LOCATION"),
        (
            {"mixed_with": {"shapes": 1, "nowhere": 0.5}},
            "runs.sft.mixed_with.nowhere",
            "prism dataset register nowhere LOCATION",
        ),
        (
            {"policy": {"model": "big"}},
            "runs.sft.policy.model",
            "prism model register big",
        ),
        ({"stepz": 3}, "runs.sft.stepz", "did you mean 'steps'?"),
        ({"steps": "many"}, "runs.sft.steps", "integer"),
        ({"policy": {"run": "judge"}}, "runs.sft.policy.run", "no run 'judge'"),
    ],
)
async def test_a_bad_recipe_is_refused_with_field_and_remedy(
    world: World, run: dict[str, object], field: str, remedy: str
) -> None:
    body = {"recipe": recipe(sft=SFT | run)}
    response = await world.admin.post("/pipelines", json=body)
    problem = response.json()
    assert response.status_code == 422
    assert response.headers["content-type"] == "application/problem+json"
    assert [error["field"] for error in problem["errors"]] == [field]
    assert remedy in problem["errors"][0]["message"]
    assert good(await world.admin.get("/pipelines"))["data"] == []
    validation = good(await world.admin.post("/pipelines:validate", json=body))
    refused = {"valid": False, "problems": problem["errors"], "runs": [], "changes": []}
    assert validation == refused


async def test_a_dry_run_says_what_each_run_takes_of_a_device(world: World) -> None:
    place = world.settings.home / "data" / "four"
    place.mkdir(parents=True)
    good(await world.admin.post("/models", json={"name": "four", "location": "four"}))
    judged = recipe(sft=SFT | {"policy": {"model": "four"}}, align=ALIGN, warmup=WARMUP)
    validation = good(await world.admin.post("/pipelines:validate", json={"recipe": judged}))
    sft, warmup, align = (run["memory"] for run in validation["runs"])
    assert sft["held"] == {"policy": 4 * 4_437_815_808, "moments": 8 * 4_437_815_808}
    assert sft["total"] == sum(sft["held"].values()) + sum(sft["phases"]["learning"].values())
    assert warmup["parameters"] == {"policy": 4_437_815_808, "discriminator": 12_506_979_328}
    assert align["peak"] in align["phases"]
    unknown = good(await world.admin.post("/pipelines:validate", json={"recipe": recipe(sft=SFT)}))
    assert unknown["runs"][0]["memory"] is None


async def test_a_parent_of_the_wrong_kind_is_refused(world: World) -> None:
    body = {"recipe": recipe(sft=SFT, align=ALIGN | {"discriminator": {"run": "sft"}})}
    problem = (await world.admin.post("/pipelines", json=body)).json()
    assert problem["errors"][0]["field"] == "runs.align.discriminator.run"
    assert "gives no discriminator" in problem["errors"][0]["message"]


async def test_validation_says_what_would_run(world: World) -> None:
    body = {"recipe": recipe(rlvr=RLVR, sft=SFT)}
    validation = good(await world.admin.post("/pipelines:validate", json=body))
    assert validation["valid"]
    sft, rlvr = validation["runs"]
    starts = sft.pop("starts")
    assert starts["earliest"] == starts["latest"]
    assert sft == {
        "name": "sft",
        "kind": "sft",
        "parents": [],
        "memory": None,
        "reason": "Waits for a slot on queue default; it is next",
    }
    assert (rlvr["name"], rlvr["parents"], rlvr["memory"]) == ("rlvr", ["sft"], None)
    assert rlvr["starts"] is None


async def test_a_hub_model_on_the_list_needs_no_registration(world: World) -> None:
    hub = "Qwen/Qwen3-VL-4B-Instruct"
    await world.launch(sft=SFT | {"policy": {"model": hub}})
    policy = (await world.claim()).claimed["inputs"][1]
    assert (policy["kind"], policy["name"], policy["location"]) == ("model", hub, hub)
    body = {"recipe": recipe(sft=SFT | {"policy": {"model": "somebody/else"}})}
    assert (await world.admin.post("/pipelines", json=body)).status_code == 422


async def test_two_at_once_with_one_key_launch_once(world: World) -> None:
    headers = {"Idempotency-Key": "one"}
    body = {"recipe": recipe()}
    posts = [world.admin.post("/pipelines", json=body, headers=headers) for _ in range(3)]
    statuses = sorted(response.status_code for response in await asyncio.gather(*posts))
    assert statuses[0] == 201
    assert set(statuses) <= {201, 409}
    assert len(good(await world.admin.get("/pipelines"))["data"]) == 1


async def test_an_idempotency_key_launches_once(world: World) -> None:
    headers = {"Idempotency-Key": "one"}
    body = {"recipe": recipe()}
    first = good(await world.admin.post("/pipelines", json=body, headers=headers))
    again = good(await world.admin.post("/pipelines", json=body, headers=headers))
    other = await world.admin.post(
        "/pipelines", json={"recipe": recipe(sft=SFT | {"steps": 1})}, headers=headers
    )
    assert first["id"] == again["id"]
    assert other.status_code == 422
    assert len(good(await world.admin.get("/pipelines"))["data"]) == 1


async def test_lists_go_on_where_they_stopped(world: World) -> None:
    ids = [(await world.launch())["id"] for _ in range(5)]
    seen: list[str] = []
    after = None
    while True:
        query = {"limit": 2} | ({"after": after} if after else {})
        page = good(await world.admin.get("/pipelines", params=query))
        seen += [pipeline["id"] for pipeline in page["data"]]
        after = page["next_cursor"]
        if after is None:
            break
    assert seen == ids[::-1]


async def test_the_pipelines_of_several_runs_are_one_question(world: World) -> None:
    first, second = await world.launch(sft=SFT, other=SFT), await world.launch()
    runs = [second["runs"][0]["id"], *(run["id"] for run in first["runs"])]
    asked = {"runs": ",".join(runs)}
    found = good(await world.admin.get("/compared-pipelines", params=asked))["data"]
    assert [pipeline["id"] for pipeline in found] == [second["id"], first["id"]]
    assert [run["id"] for pipeline in found for run in pipeline["runs"]] == runs
    gone = await world.admin.get("/compared-pipelines", params={"runs": f"{runs[0]},run_x"})
    assert gone.status_code == 404
    outsider = await world.person("olga", {await world.new_project("mine"): "admin"})
    assert (await outsider.get("/compared-pipelines", params=asked)).status_code == 404


async def test_lists_filter_by_state_and_project(world: World) -> None:
    launched = await world.launch()
    await world.admin.post(f"/pipelines/{launched['id']}/cancel")
    other = await world.launch()
    queued = good(await world.admin.get("/pipelines", params={"state": "queued"}))
    nowhere = good(await world.admin.get("/pipelines", params={"project_id": "prj_no"}))
    assert [pipeline["id"] for pipeline in queued["data"]] == [other["id"]]
    assert nowhere["data"] == []


async def test_cancelling_a_pipeline_cancels_what_waits_and_asks_what_runs(world: World) -> None:
    pipeline = await world.launch(sft=SFT, rlvr=RLVR)
    lease = await world.claim()
    await lease.start()
    cancelled = good(await world.admin.post(f"/pipelines/{pipeline['id']}/cancel"))
    assert [run["state"] for run in cancelled["runs"]] == ["running", "cancelled"]
    assert cancelled["runs"][0]["desired_state"] == "cancel"
    assert cancelled["state"] == "running"
    assert (await lease.heartbeat())["desired_state"] == "cancel"
    await lease.exit("cancelled", "")
    ended = await world.pipeline(pipeline["id"])
    assert ended["state"] == "cancelled"
    assert ended["finished_at"] is not None


async def test_a_project_counts_its_own_pipelines(world: World) -> None:
    project = good(await world.admin.post("/projects", json={"name": "vision"}))
    body = {"recipe": recipe(), "project_id": project["id"]}
    await world.launch()
    pipeline = good(await world.admin.post("/pipelines", json=body))
    assert (pipeline["number"], pipeline["project_id"]) == (1, project["id"])
    assert (await world.admin.post("/projects", json={"name": "vision"})).status_code == 409
    assert (await world.admin.get("/projects/prj_no")).status_code == 404
    names = [p["name"] for p in good(await world.admin.get("/projects"))["data"]]
    assert names == ["default", "vision"]
