from __future__ import annotations

import asyncio

import pytest
from sqlalchemy import select

from server.pipelines import repository as pipelines
from server.tables import QuarantinedEvent
from tests.server.world import AT, World, good

RESPONSE = {"text": "<caption>red</caption>", "valid": True, "tokens": 5}
SAMPLE = {"item": "a", "question": "?", "images": ["a" * 64], "rollouts": [RESPONSE]}


async def history(world: World, run_id: str) -> list[dict[str, object]]:
    return list(good(await world.admin.get(f"/runs/{run_id}/events"))["data"])


async def test_the_engines_start_makes_the_run_run(world: World) -> None:
    pipeline = await world.launch()
    lease = await world.claim()
    await lease.start()
    assert (await world.run(lease.run_id))["state"] == "running"
    assert (await world.pipeline(pipeline["id"]))["state"] == "running"


async def test_sending_twice_stores_once(world: World) -> None:
    await world.launch()
    lease = await world.claim()
    events = [
        lease.event("step_finished", step=step, metrics={"loss": float(step)}) for step in (1, 2)
    ]
    first = await lease.send(*events)
    again = await lease.send(*events, lease.event("finished", step=2))
    assert (first["accepted"], again["accepted"]) == (2, 1)
    assert again["next_seq"] == {"engine": 4, "worker": 1}
    stored = await history(world, lease.run_id)
    assert [entry["position"] for entry in stored] == [1, 2, 3]
    assert stored[1]["event"] == {
        "type": "step_finished", "seq": 2, "at": AT, "step": 2, "metrics": {"loss": 2.0},
    }  # fmt: skip


async def test_after_a_gap_the_reply_says_from_where_to_send(world: World) -> None:
    await world.launch()
    lease = await world.claim()
    events = [lease.event("log", level="info", message=str(number)) for number in range(4)]
    reply = await lease.send(events[0], events[2], events[3])
    assert (reply["accepted"], reply["next_seq"]["engine"]) == (1, 2)
    reply = await lease.send(*events[1:])
    assert (reply["accepted"], reply["next_seq"]["engine"]) == (3, 5)


async def test_a_bad_event_is_put_aside_and_blocks_nothing(world: World) -> None:
    await world.launch()
    lease = await world.claim()
    reply = await lease.send(
        lease.event("step_finished", step=1, metrics={"made_up": 1.0}),
        lease.event("no_such_event"),
        {"anything": "\0\ud800"},
        {"seq": 4, "type": "step_finished", "at": AT, "step": 2**40, "metrics": {}},
        {"seq": 5, "type": "output", "at": AT, "stream": "stdout", "lines": []},
        {"seq": 6, "type": "log", "at": AT, "level": "info", "message": "still here"},
    )
    assert (reply["accepted"], reply["quarantined"], reply["next_seq"]["engine"]) == (1, 5, 7)
    async with world.parts.database.reading() as session:
        query = select(QuarantinedEvent).order_by(QuarantinedEvent.seq)
        reasons = [row.reason for row in await session.scalars(query)]
    assert reasons[0] == "metric 'made_up' is not declared"
    assert reasons[3] == f"step {2**40} is beyond {2**31 - 1}"
    assert reasons[4] == "output is the worker's to tell"
    attempts = good(await world.admin.get(f"/runs/{lease.run_id}/attempts"))["data"]
    assert attempts[0]["quarantined"] == 5


async def test_a_number_that_is_none_is_put_aside(world: World) -> None:
    await world.launch()
    lease = await world.claim()
    step = lease.event("step_finished", step=1, metrics={"loss": float("nan")})
    reply = await lease.send(step)
    assert (reply["accepted"], reply["quarantined"]) == (0, 1)


async def test_strings_lose_what_no_database_can_hold(world: World) -> None:
    await world.launch()
    lease = await world.claim()
    await lease.send(lease.event("log", level="info", message="a\0b\ud800c" + "x" * 70_000))
    (line,) = good(await world.admin.get(f"/runs/{lease.run_id}/logs"))["data"]
    assert line["text"].startswith("abcx")
    assert len(line["text"]) == 65_536
    assert line["text"].endswith("…")


async def test_both_sources_count_by_themselves_and_share_the_log(world: World) -> None:
    await world.launch()
    lease = await world.claim()
    await lease.send(lease.event("log", level="warning", message="slow"))
    await lease.send(
        lease.event("output", "worker", stream="stderr", lines=["one", "two"]), source="worker"
    )
    lines = good(await world.admin.get(f"/runs/{lease.run_id}/logs"))["data"]
    assert [(line["number"], line["stream"], line["text"]) for line in lines] == [
        (1, "warning", "slow"), (2, "stderr", "one"), (3, "stderr", "two"),
    ]  # fmt: skip
    rest = good(await world.admin.get(f"/runs/{lease.run_id}/logs", params={"after": 2}))["data"]
    assert [line["text"] for line in rest] == ["two"]
    page = good(await world.admin.get(f"/runs/{lease.run_id}/events", params={"source": "worker"}))
    assert [entry["position"] for entry in page["data"]] == [2]


async def test_samples_can_be_looked_at_step_by_step(world: World) -> None:
    await world.launch()
    lease = await world.claim()
    await lease.start()
    await lease.step(1, 2)
    for step in (1, 2, 2):
        await lease.send(lease.event("samples_drawn", step=step, samples=[SAMPLE, SAMPLE]))
    path = f"/runs/{lease.run_id}/samples"
    page = good(await world.admin.get(path, params={"limit": 3}))
    assert page["steps"] == [1, 2]
    assert [entry["step"] for entry in page["data"]] == [1, 1, 2]
    assert page["data"][0]["sample"]["rollouts"][0]["text"] == RESPONSE["text"]
    rest = good(await world.admin.get(path, params={"after": page["next_cursor"]}))
    assert ([entry["step"] for entry in rest["data"]], rest["next_cursor"]) == ([2, 2, 2], None)
    only = good(await world.admin.get(path, params={"step": 1}))
    assert len(only["data"]) == 2
    assert (await world.admin.get(path, params={"after": "x"})).status_code == 422


async def test_positions_are_given_in_the_order_of_commits(world: World) -> None:
    """Two sources that write at once never leave a reader a hole that is filled later."""
    await world.launch()
    lease = await world.claim()
    batches = [
        lease.send(lease.event("log", source, level="info", message="x"), source=source)
        for source in ("engine", "worker")
        for _ in range(1)
    ]
    await asyncio.gather(*batches)
    assert [entry["position"] for entry in await history(world, lease.run_id)] == [1, 2]


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
async def test_history_grows_while_a_verb_holds_the_pipeline(world: World) -> None:
    """On Postgres only: SQLite has one writer, so that nobody can hold anything meanwhile."""
    pipeline = await world.launch()
    lease = await world.claim()
    await lease.start()
    async with world.parts.database.writing() as session:
        await pipelines.find(session, pipeline["id"], lock=True)
        async with asyncio.timeout(5):
            for step in (1, 2):
                await lease.step(step)
                await lease.send(lease.event("log", level="info", message="x"))


async def test_an_older_attempt_is_heard_under_its_own_number(world: World) -> None:
    await world.launch()
    old = await world.claim()
    await old.start()
    await old.step(1, 2)
    await old.exit("infrastructure", "node down")
    new = await world.claim()
    await new.start()
    reply = await old.send(old.event("step_finished", step=3, metrics={"loss": 9.0}))
    assert (reply["accepted"], reply["superseded"]) == (1, True)
    assert (await old.heartbeat())["superseded"]
    assert not (await new.heartbeat())["superseded"]
    run = await world.run(old.run_id)
    assert (run["attempt"], run["state"], run["step"]) == (2, "running", 0)
    late = await old.checkpoint(3, kind="resumable")
    assert late.status_code == 409
    assert late.json()["code"] == "superseded"
    await old.exit("code", "no longer of interest")
    assert (await world.run(old.run_id))["state"] == "running"


async def test_a_batch_of_a_thousand_is_the_most(world: World) -> None:
    await world.launch()
    lease = await world.claim()
    body = {"source": "engine", "events": [{}] * 1001}
    response = await world.worker.post(f"{lease.path}/events", json=body)
    assert response.status_code == 422
