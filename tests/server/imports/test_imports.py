from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import func, select

from server.metrics.compactor import compact
from server.tables import MetricChunk, MetricTail, QuarantinedEvent
from tests.server.world import AT, World, good

NEW = {
    "tracker": "mlflow", "location": "/runs/mlruns/1/aaaa", "pipeline": "captions", "run": "first",
    "parameters": {"learning_rate": 1e-5, "optimizer": "adamw"}, "tags": ["team=vision"],
    "note": "# First try", "step": 2, "started_at": "2025-03-01T10:00:00Z",
    "finished_at": "2025-03-01T11:00:00Z",
}  # fmt: skip


def step(seq: int, number: int, **metrics: float) -> dict[str, Any]:
    named = {name.replace("__", "/"): value for name, value in metrics.items()}
    return {"type": "step_finished", "seq": seq, "at": AT, "step": number, "metrics": named}


async def imported(world: World, **changes: Any) -> dict[str, Any]:
    return good(await world.admin.post("/imports", json=NEW | changes))


async def tell(world: World, run_id: str, *events: dict[str, Any]) -> Any:
    path = f"/runs/{run_id}/events"
    return good(await world.admin.post(path, json={"events": list(events)}))


async def test_a_run_of_another_tracker_is_a_finished_run_here(world: World) -> None:
    made = await imported(world)
    reply = await tell(
        world,
        made["run_id"],
        step(1, 0, train__loss=2.0),
        step(2, 1, train__loss=1.0, accuracy=0.25),
        step(3, 2, train__loss=0.5, accuracy=0.5),
    )
    assert reply == {"accepted": 3, "quarantined": 0, "next_seq": 4}
    run = good(await world.admin.get(f"/runs/{made['run_id']}"))
    assert (run["name"], run["kind"], run["state"], run["step"]) == (
        "first", "imported", "succeeded", 2,
    )  # fmt: skip
    assert run["latest"] == {"accuracy": 0.5, "train/loss": 0.5}
    assert run["tags"] == ["team=vision"]
    assert (run["note"], run["finished_at"]) == ("# First try", "2025-03-01T11:00:00Z")
    assert run["config"]["parameters"] == NEW["parameters"]
    series = good(await world.admin.get(f"/runs/{made['run_id']}/metrics"))["series"]
    assert {entry["name"]: [point[:2] for point in entry["points"]] for entry in series} == {
        "accuracy": [[1, 0.25], [2, 0.5]],
        "train/loss": [[0, 2.0], [1, 1.0], [2, 0.5]],
    }
    (attempt,) = good(await world.admin.get(f"/runs/{made['run_id']}/attempts"))["data"]
    assert (attempt["worker"], attempt["active"]) == (None, False)
    pipeline = good(await world.admin.get(f"/pipelines/{made['pipeline_id']}"))
    assert (pipeline["name"], pipeline["state"]) == ("captions", "succeeded")


async def test_what_was_imported_is_found_by_its_own_names(world: World) -> None:
    made = await imported(world)
    other = await imported(world, run="second", parameters={"learning_rate": 0.1})
    await tell(world, made["run_id"], step(1, 1, train__loss=1.0))
    await tell(world, other["run_id"], step(1, 1, train__loss=3.0))

    async def found(**query: str) -> list[str]:
        return [run["name"] for run in good(await world.admin.get("/runs", params=query))["data"]]

    assert await found(filter="metrics.train/loss > 2") == ["second"]
    assert await found(filter="config.parameters.learning_rate < 0.01") == ["first"]
    assert await found(filter="kind = imported", sort="metrics.train/loss") == ["first", "second"]
    unknown = await world.admin.get("/runs", params={"filter": "metrics.train/lose > 2"})
    assert unknown.status_code == 422
    assert (await world.admin.get("/runs", params={"sort": "metrics.nothing"})).status_code == 422


async def test_an_import_that_broke_off_goes_on(world: World) -> None:
    key = {"Idempotency-Key": "import-1"}
    made = good(await world.admin.post("/imports", json=NEW, headers=key))
    await tell(world, made["run_id"], step(1, 1, loss=1.0))
    again = good(await world.admin.post("/imports", json=NEW, headers=key))
    assert again == made | {"next_seq": 2}
    reply = await tell(world, made["run_id"], step(1, 1, loss=1.0), step(2, 2, loss=0.5))
    assert reply["accepted"] == 1


async def test_long_histories_are_folded_into_chunks(world: World) -> None:
    made = await imported(world, step=600)
    events = [step(number, number, loss=1 / number) for number in range(1, 601)]
    await tell(world, made["run_id"], *events)
    await compact(world.parts.database)
    async with world.parts.database.reading() as session:
        loose = select(func.count()).where(MetricTail.run_id == made["run_id"])
        chunks = select(func.count()).where(
            MetricChunk.run_id == made["run_id"], MetricChunk.level == 1
        )
        assert await session.scalar(loose) == 0
        assert await session.scalar(chunks) == 1
    path = f"/runs/{made['run_id']}/metrics"
    (series,) = good(await world.admin.get(path))["series"]
    assert [point[1] for point in series["points"]] == [1 / number for number in range(1, 601)]


async def test_what_is_no_step_is_put_aside(world: World) -> None:
    made = await imported(world)
    reply = await tell(
        world,
        made["run_id"],
        {"type": "finished", "seq": 1, "at": AT, "step": 1},
        step(2, 1, **{"x" * 81: 1.0}),
        {"type": "log", "seq": 3, "at": AT, "level": "warning", "message": "left out 2 values"},
    )
    assert (reply["accepted"], reply["quarantined"]) == (1, 2)
    async with world.parts.database.reading() as session:
        reasons = list(await session.scalars(select(QuarantinedEvent.reason)))
    assert reasons[0] == "finished cannot be imported"
    assert reasons[1].endswith("has no name of 1 to 80 printable characters")
    (line,) = good(await world.admin.get(f"/runs/{made['run_id']}/logs"))["data"]
    assert line["text"] == "left out 2 values"


async def test_nobody_tells_of_a_run_that_a_worker_executed(world: World) -> None:
    run_id = (await world.launch())["runs"][0]["id"]
    answer = await world.admin.post(
        f"/runs/{run_id}/events", json={"events": [step(1, 1, loss=1.0)]}
    )
    assert (answer.status_code, answer.json()["code"]) == (409, "conflict")


@pytest.mark.parametrize("verb", ["retry", "resume", "restart"])
async def test_an_imported_run_cannot_be_run_again(world: World, verb: str) -> None:
    made = await imported(world, state="failed")
    answer = await world.admin.post(f"/runs/{made['run_id']}/{verb}")
    assert answer.status_code == 409
    assert "was imported" in answer.json()["detail"]
