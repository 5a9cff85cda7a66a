from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import update

from server.tables import Attempt
from tests.server.world import RLVR, SFT, Lease, World, good


async def score(lease: Lease, arm: str, value: float) -> None:
    estimate = {"value": value, "low": value - 0.1, "high": value + 0.1, "n": 512}
    await lease.send(
        lease.event(
            "benchmark_scored", step=0, benchmark="shapes", arm=arm, majority=0.25,
            scores={"accuracy_greedy": estimate}, supervision={"caption_recall": 0.9},
        )
    )  # fmt: skip


async def test_the_table_has_a_row_for_every_arm(world: World) -> None:
    pipeline = await world.launch(
        sft=SFT,
        rlvr=RLVR,
        a={"kind": "evaluate", "policy": {"run": "sft"}, "data": "shapes"},
        b={"kind": "evaluate", "policy": {"run": "rlvr"}, "data": "shapes"},
    )
    done: dict[str, Lease] = {}
    for _ in range(4):
        lease = await world.claim()
        name = lease.claimed["run_name"]
        done[name] = lease
        if name in ("a", "b"):
            await lease.start()
            await score(lease, {"a": "sft", "b": "rlvr"}[name], {"a": 0.4, "b": 0.7}[name])
            await score(lease, {"a": "sft", "b": "rlvr"}[name], {"a": 0.5, "b": 0.8}[name])
            await lease.exit()
        else:
            await lease.succeed()
    async with world.parts.database.writing() as session:
        for name, seconds in (("sft", 10), ("rlvr", 5), ("a", 100), ("b", 100)):
            began = datetime(2026, 1, 1, tzinfo=UTC)
            await session.execute(
                update(Attempt)
                .where(Attempt.id == done[name].claimed["attempt_id"])
                .values(started_at=began, ended_at=began + timedelta(seconds=seconds))
            )
    found = good(await world.admin.get(f"/pipelines/{pipeline['id']}/results"))
    assert found["benchmarks"] == ["shapes"]
    assert [(arm["arm"], arm["seconds"]) for arm in found["arms"]] == [("sft", 10), ("rlvr", 15)]
    sft = found["arms"][0]
    assert sft["scores"]["accuracy_greedy"]["value"] == 0.5
    assert (sft["supervision"], sft["majority"]) == ({"caption_recall": 0.9}, 0.25)
    assert sft["run_id"] == done["a"].run_id
    everything = good(await world.admin.get("/results"))
    assert everything == found
    nothing = good(await world.admin.get("/results", params={"project_id": "prj_no"}))
    assert nothing == {"benchmarks": [], "arms": []}


ASKED = "a" * 64


def judged(lease: Lease, arm: str, right: list[int], asked: str = ASKED) -> dict[str, Any]:
    groups = [item // 2 for item in range(len(right))]
    return lease.event(
        "items_judged", step=1, benchmark="shapes", arm=arm, asked=asked, groups=groups,
        right=right,
    )  # fmt: skip


async def evaluate(world: World, verdicts: dict[str, list[int]], **asked: str) -> dict[str, Any]:
    """A policy, its descendants, and an evaluation of each."""
    rlvr = {**RLVR, "policy": {"run": "sft"}}
    pipeline = await world.launch(
        sft=SFT,
        rlvr=rlvr,
        more={**RLVR, "policy": {"run": "rlvr"}},
        **{
            f"evaluate-{name}": {"kind": "evaluate", "policy": {"run": name}, "data": "shapes"}
            for name in verdicts
        },
    )
    for _ in range(3 + len(verdicts)):
        lease = await world.claim()
        name = lease.claimed["run_name"].removeprefix("evaluate-")
        if lease.claimed["run_name"] == name:
            await lease.succeed()
            continue
        await lease.start()
        await lease.send(judged(lease, name, verdicts[name], asked.get(name, ASKED)))
        await score(lease, name, 0.5)
        await lease.exit()
    return pipeline


RIGHT = {
    "sft": [0, 0, 0, 0, 1, 0],
    "rlvr": [1, 1, 1, 0, 1, 0],
    "more": [1, 1, 1, 1, 1, 1],
}


async def test_a_policy_is_compared_with_the_one_it_was_trained_from(world: World) -> None:
    pipeline = await evaluate(world, RIGHT)
    found = good(await world.admin.get(f"/pipelines/{pipeline['id']}/results"))
    paired = {arm["arm"]: arm["paired"] for arm in found["arms"]}
    assert paired["sft"] is None
    assert paired["rlvr"]["arm"] == "sft"
    assert paired["more"]["arm"] == "rlvr"
    rlvr = paired["rlvr"]
    # Three groups of two; the gains are 2, 1 and 0, which chance reaches in two of four ways.
    assert (rlvr["groups"], rlvr["p"], rlvr["difference"]["value"]) == (3, 0.5, 0.5)
    assert (rlvr["difference"]["n"], rlvr["only_this"], rlvr["only_other"]) == (6, 3, 0)
    assert rlvr["difference"]["low"] < 0.5 < rlvr["difference"]["high"]


async def test_another_baseline_can_be_asked_for(world: World) -> None:
    pipeline = await evaluate(world, RIGHT)
    where = f"/pipelines/{pipeline['id']}/results"
    for path in (where, "/results"):
        found = good(await world.admin.get(path, params={"baseline": "more"}))
        paired = {arm["arm"]: arm["paired"] for arm in found["arms"]}
        assert paired["more"] is None
        assert (paired["sft"]["arm"], paired["sft"]["only_other"]) == ("more", 5)
        assert paired["rlvr"]["difference"]["value"] == -2 / 6
    unknown = good(await world.admin.get(where, params={"baseline": "nobody"}))
    assert {arm["paired"] for arm in unknown["arms"]} == {None}


async def test_policies_that_were_asked_something_else_are_not_compared(world: World) -> None:
    pipeline = await evaluate(world, RIGHT, rlvr="b" * 64)
    found = good(await world.admin.get(f"/pipelines/{pipeline['id']}/results"))
    assert {arm["paired"] for arm in found["arms"]} == {None}


async def test_verdicts_without_a_group_for_every_item_are_set_aside(world: World) -> None:
    pipeline = await world.launch(sft=SFT)
    lease = await world.claim()
    await lease.start()
    event = judged(lease, "sft", [1, 0])
    answer = await lease.send({**event, "groups": [0]})
    assert answer["quarantined"] == 1, pipeline


async def test_runs_of_any_pipelines_are_compared_with_one_of_them(world: World) -> None:
    """A training is compared by the evaluation of what it ended with, one itself by its own."""
    first, second = await evaluate(world, RIGHT), await evaluate(world, RIGHT | {"sft": [1] * 6})
    runs = [{run["name"]: run["id"] for run in each["runs"]} for each in (first, second)]
    asked = [runs[0]["sft"], runs[1]["sft"], runs[1]["evaluate-rlvr"], runs[0]["more"]]
    found = good(await world.admin.get("/comparison", params={"runs": ",".join(asked)}))
    assert (found["benchmarks"], found["baseline"]) == (["shapes"], asked[0])
    results = {each["compared"]: each["result"] for each in found["results"]}
    assert list(results) == asked
    assert [result["arm"] for result in results.values()] == ["sft", "sft", "rlvr", "more"]
    assert results[asked[0]]["paired"] is None
    assert results[asked[1]]["paired"]["only_this"] == 5
    assert results[asked[1]]["pipeline_id"] == second["id"]
    assert results[asked[1]]["seed"] == 7
    assert results[asked[2]]["paired"]["difference"]["value"] == 0.5
    other = {"runs": ",".join(asked), "baseline": asked[1]}
    turned = good(await world.admin.get("/comparison", params=other))
    assert turned["results"][0]["result"]["paired"]["only_other"] == 5
