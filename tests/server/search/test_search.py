from __future__ import annotations

from typing import Any

import pytest

from server.search import conditions
from tests.server.world import RLVR, SFT, World, good


@pytest.fixture
async def runs(world: World) -> dict[str, str]:
    """Six pipelines: `sft` with its figures, and `rlvr` behind it with one algorithm or another."""
    found = {}
    for number, algorithm in enumerate(["dapo", "gspo", "dapo", "grpo", "dapo", "grpo"]):
        rlvr = RLVR | {"algorithm": {"kind": algorithm}}
        body = {
            "recipe": {"name": f"trial-{number}", "seed": 7, "runs": {"sft": SFT, "rlvr": rlvr}}
        }
        pipeline = good(await world.admin.post("/pipelines", json=body))
        for run in pipeline["runs"]:
            found[f"{run['name']}{number}"] = run["id"]
        lease = await world.claim()
        await lease.start()
        await lease.step(10, loss=float(number), accuracy=number / 100)
        if number % 2:
            await lease.exit("code", "broken")
    for name, labels in {
        "sft1": {"tags": ["paper", "best"], "note": "Converges quickly, **Ångström** scale"},
        "rlvr4": {"tags": ["paper"]},
    }.items():
        good(await world.admin.patch(f"/runs/{found[name]}", json=labels))
    return found


async def search(world: World, runs: dict[str, str], text: str, **query: Any) -> list[str]:
    names = {run_id: name for name, run_id in runs.items()}
    page = good(await world.admin.get("/runs", params={"filter": text, **query}))
    return [names[run["id"]] for run in page["data"]]


FOUND = [
    ("state = failed", "sft5 sft3 sft1"),
    ("state != failed and kind = sft", "sft4 sft2 sft0"),
    ("not state in (failed, running) kind:sft", ""),
    ("metrics.loss >= 40", "sft5 sft4"),
    ("metrics.accuracy > 0.15 and metrics.accuracy < 0.35", "sft3 sft2"),
    ("not metrics.loss < 40 and kind = sft", "sft5 sft4"),
    ("rlvr.algorithm in (dapo, gspo)", "rlvr4 rlvr2 rlvr1 rlvr0"),
    ("rlvr.algorithm != dapo", "rlvr5 rlvr3 rlvr1"),
    ("sft.steps = 10 and metrics.loss = 0", "sft0"),
    ("config.steps < 5 pipeline:trial-2", "rlvr2"),
    ("steps < 5 and pipeline in (trial-0, trial-1)", "rlvr1 rlvr0"),
    ("tag:paper", "rlvr4 sft1"),
    ("tag != paper and pipeline = trial-4", "sft4"),
    ("tag in (best, worst)", "sft1"),
    ("conv quick", "sft1"),
    ("ångst", "sft1"),
    ("trial 3", "rlvr3 sft3"),
    ('"trial-3" or tag:best', "rlvr3 sft3 sft1"),
    ("pipeline ~ TRIAL-5", "rlvr5 sft5"),
    ("project = default and tag = best", "sft1"),
    ("created > 2020-01-01 and finished < 2020-01-01", ""),
    ("metrics.reward > 0", ""),
    ("exit = code and (metrics.loss < 20 or metrics.loss > 40)", "sft5 sft1"),
    ("100%_'; drop table run; --", ""),
]


@pytest.mark.parametrize("few", [2000, 0])
async def test_what_is_found(
    world: World, runs: dict[str, str], few: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(conditions, "FEW", few)
    for text, expected in FOUND:
        assert await search(world, runs, text) == expected.split(), text


REFUSED = [
    ("state = fialed", "character 9: there is no state fialed; did you mean failed?"),
    ("stat = failed", "character 1: there is no field stat; did you mean state?"),
    ("metrics.acuracy > 1", "character 1: there is no metric acuracy; did you mean accuracy?"),
    ("metrics.loss > high", "character 16: high is no number"),
    ("metrics.loss > nan", "character 16: nan is no number"),
    ("tag > a", "character 1: tag cannot be compared with >; use =, !=, in"),
    ("created > soon", "character 11: soon is no moment"),
    ("steps ~ 1", "character 1: steps holds no text to look into"),
    ("sft.a'b = 1", "character 1: a'b is no path of a setting"),
    ("state = failed and (", "character 21: a condition is missing before the end"),
]


async def test_what_cannot_be_read_is_refused_with_its_place(world: World) -> None:
    for text, message in REFUSED:
        answer = await world.admin.get("/runs", params={"filter": text})
        assert answer.status_code == 422, text
        (problem,) = answer.json()["errors"]
        assert problem["field"] == "filter"
        assert problem["message"].startswith(message), problem["message"]


@pytest.mark.parametrize("sort", ["-created", "created", "metrics.loss", "-metrics.loss"])
async def test_pages_follow_one_another_in_order(
    world: World, runs: dict[str, str], sort: str
) -> None:
    names = {run_id: name for name, run_id in runs.items()}
    query = {"sort": sort, "filter": "kind = sft", "limit": 2, "metrics": "accuracy"}
    found: list[str] = []
    after: dict[str, str] = {}
    while True:
        page = good(await world.admin.get("/runs", params=query | after))
        found += [names[run["id"]] for run in page["data"]]
        assert all(set(run["latest"]) == {"accuracy"} for run in page["data"])
        if not page["next_cursor"]:
            break
        after = {"after": page["next_cursor"]}
    ascending = [f"sft{number}" for number in range(6)]
    assert found == (ascending[::-1] if sort.startswith("-") else ascending)


async def test_runs_of_equal_value_are_neither_lost_nor_doubled(world: World) -> None:
    for _ in range(5):
        await world.launch()
        lease = await world.claim()
        await lease.start()
        await lease.step(1, loss=0.5)
    query: dict[str, Any] = {"sort": "metrics.loss", "limit": 2}
    found: list[str] = []
    while True:
        page = good(await world.admin.get("/runs", params=query))
        found += [run["id"] for run in page["data"]]
        if not page["next_cursor"]:
            break
        query["after"] = page["next_cursor"]
    assert found == sorted(found)
    assert len(set(found)) == 5


async def test_an_order_or_a_cursor_that_is_none_is_refused(world: World) -> None:
    for query in (
        {"sort": "color"},
        {"sort": "metrics.color"},
        {"sort": "metrics.loss", "after": "x"},
        {"sort": "metrics.loss", "after": "WyJ4Il0"},
    ):
        answer = await world.admin.get("/runs", params=query)
        assert answer.status_code == 422, query


async def test_runs_are_found_by_what_is_said_of_their_pipeline(
    world: World, runs: dict[str, str]
) -> None:
    pipeline_id = (await world.run(runs["sft2"]))["pipeline_id"]
    body = {"tags": ["camera-ready", "paper"], "note": "Beware of the *zebra*"}
    labelled = good(await world.admin.patch(f"/pipelines/{pipeline_id}", json=body))
    assert (labelled["tags"], labelled["note"]) == (body["tags"], body["note"])
    assert await search(world, runs, "tag:camera-ready") == ["rlvr2", "sft2"]
    assert await search(world, runs, "tag:paper") == ["rlvr4", "rlvr2", "sft2", "sft1"]
    assert await search(world, runs, "tag != paper and kind = rlvr") == [
        "rlvr5", "rlvr3", "rlvr1", "rlvr0",
    ]  # fmt: skip
    assert await search(world, runs, "zebra") == ["rlvr2", "sft2"]
    kept = good(await world.admin.patch(f"/pipelines/{pipeline_id}", json={"tags": []}))
    assert (kept["tags"], kept["note"]) == ([], body["note"])
    assert await search(world, runs, "tag:camera-ready") == []
    (entry, *_) = good(await world.admin.get("/audit-log", params={"kind": "pipeline_tag"}))["data"]
    assert (entry["action"], entry["project_id"]) == ("delete", labelled["project_id"])


async def test_labels_change_only_what_is_named(world: World, runs: dict[str, str]) -> None:
    path = f"/runs/{runs['sft1']}"
    run = good(await world.admin.patch(path, json={"note": "Slow"}))
    assert (run["tags"], run["note"]) == (["best", "paper"], "Slow")
    run = good(await world.admin.patch(path, json={"tags": ["b", "a", "b"]}))
    assert (run["tags"], run["note"]) == (["a", "b"], "Slow")
    assert await search(world, runs, "slow") == ["sft1"]
    assert await search(world, runs, "quickly") == []
    assert (await world.admin.patch(path, json={"tags": ["a b"]})).status_code == 422
    viewer = await world.person("vera", {await world.default_project(): "viewer"})
    assert (await viewer.patch(path, json={"note": "x"})).status_code == 403


@pytest.mark.parametrize("sort", ["-created", "metrics.loss"])
async def test_nobody_finds_what_he_may_not_read(
    world: World, runs: dict[str, str], sort: str
) -> None:
    member = await world.person("mara", {await world.default_project(): "member"})
    stranger = await world.person("stan", {await world.new_project("other"): "admin"})
    query = {"filter": "metrics.loss >= 0", "sort": sort}
    assert len(good(await member.get("/runs", params=query))["data"]) == 6
    assert good(await stranger.get("/runs", params=query))["data"] == []
