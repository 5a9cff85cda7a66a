from __future__ import annotations

import asyncio
import json
import math
import time
from collections.abc import AsyncIterator, Collection

import pytest
from httpx import AsyncClient
from sqlalchemy import delete
from sqlalchemy.ext.asyncio import AsyncSession

from server.signals import Told
from server.stream import frames as stream_frames
from server.stream import hub as stream_hub
from server.stream import permits as stream_permits
from server.stream import service as stream_service
from server.stream.frames import Frame, told_frames
from server.stream.hub import LONGEST_QUEUE, Feed, Subscriber
from server.tables import Session
from tests.server.live import SseEvent, listening, take, watching
from tests.server.world import SFT, Lease, World, eventually, good


@pytest.fixture
async def url(world: World) -> AsyncIterator[str]:
    async with listening(world.app) as address:
        yield address


@pytest.fixture
def token(world: World) -> str:
    return (world.settings.home / "token").read_text()


async def running(world: World) -> Lease:
    await world.launch()
    lease = await world.claim()
    await lease.start()
    return lease


def steps(event: SseEvent) -> list[int]:
    return [point["step"] for point in event.data["points"]]


async def test_a_commit_wakes_the_stream(
    world: World, url: str, token: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Who looks only now and then would not see it in time.
    monkeypatch.setattr(stream_hub, "POLL_SECONDS", 60)
    lease = await running(world)
    async with watching(url, token, f"run:{lease.run_id}") as events:
        first = await take(events, "run")
        assert first.data["state"] == "running"
        await asyncio.sleep(0.3)
        await lease.step(1, loss=0.5)
        point = await take(events, "metrics")
        assert point.data == {
            "run_id": lease.run_id, "attempt": 1, "first_step": 1,
            "points": [{"step": 1, "metrics": {"loss": 0.5}}],
        }  # fmt: skip
        snapshot = await take(events, "run")
        assert (snapshot.data["step"], snapshot.data["latest"]) == (1, {"loss": 0.5})


async def test_resuming_leaves_no_gap_and_no_double(world: World, url: str, token: str) -> None:
    lease = await running(world)
    seen: list[int] = []
    last = None
    sent = 0
    for _ in range(4):
        async with watching(url, token, f"run:{lease.run_id}", last) as events:
            # Some while nobody looks, some while somebody does.
            await lease.step(*range(sent + 1, sent + 4))
            await lease.send(lease.event("log", level="info", message="x"))
            await lease.step(sent + 4)
            sent += 4
            while len(seen) < sent - (1 if last is None else 0):
                event = await take(events, "metrics")
                seen += steps(event)
                last = event.id
        await lease.step(sent + 1, sent + 2)
        sent += 2
    async with watching(url, token, f"run:{lease.run_id}", last) as events:
        while len(seen) < sent:
            seen += steps(await take(events, "metrics"))
    assert seen == list(range(1, sent + 1))


async def test_a_page_that_loaded_history_streams_on_from_there(
    world: World, url: str, token: str
) -> None:
    lease = await running(world)
    await lease.step(1, 2, 3)
    loaded = good(await world.admin.get(f"/runs/{lease.run_id}/metrics"))
    await lease.step(4, 5)
    query = {"since": loaded["cursor"]}
    async with watching(url, token, f"run:{lease.run_id}", **query) as events:
        assert steps(await take(events, "metrics")) == [4, 5]
        await lease.step(6)
        assert steps(await take(events, "metrics")) == [6]


async def test_a_reader_ahead_of_the_hub_gets_nothing_twice(
    world: World, url: str, token: str
) -> None:
    lease = await running(world)
    topic = f"run:{lease.run_id}"
    async with watching(url, token, topic) as first:
        await take(first, "run")
        # The hub is held back, so that its feed is behind what a page can load.
        feed = world.parts.hub._feeds[topic]
        feed.next_at = feed.next_state_at = math.inf
        await lease.step(1, 2)
        loaded = good(await world.admin.get(f"/runs/{lease.run_id}/metrics"))
        async with watching(url, token, topic, since=loaded["cursor"]) as second:
            await take(second, "run")
            await lease.step(3)
            feed.next_at = 0
            assert steps(await take(first, "metrics")) == [1, 2, 3]
            assert steps(await take(second, "metrics")) == [3]


async def test_numbers_do_not_wait_for_a_snapshot_that_is_being_made(
    world: World, url: str, token: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    lease = await running(world)
    async with watching(url, token, f"run:{lease.run_id}") as events:
        await take(events, "run")
        made = asyncio.Event()
        current_state = stream_hub.current_state

        async def made_later(session: AsyncSession, topics: Collection[str]) -> list[Frame]:
            await made.wait()
            return await current_state(session, topics)

        monkeypatch.setattr(stream_hub, "current_state", made_later)
        for step in (1, 2, 3):
            await lease.step(step)
            assert steps(await take(events, "metrics", "run")) == [step]
        made.set()
        assert (await take(events, "run")).data["step"] >= 1


async def test_a_snapshot_brings_along_what_led_to_it(world: World, url: str, token: str) -> None:
    lease = await running(world)
    topic = f"run:{lease.run_id}"
    async with watching(url, token, topic) as events:
        await take(events, "run")
        world.parts.hub._feeds[topic].next_at = math.inf
        await lease.step(1, 2)
        assert steps(await take(events, "metrics", "run")) == [1, 2]
        assert (await take(events, "run")).data["step"] == 2


async def test_every_kind_of_news_comes_in_order(world: World, url: str, token: str) -> None:
    lease = await running(world)
    async with watching(url, token, f"run:{lease.run_id}") as events:
        await take(events, "run")
        estimate = {"value": 0.5, "low": 0.4, "high": 0.6, "n": 512}
        await lease.send(
            lease.event("step_finished", step=1, metrics={"loss": 1.0}),
            lease.event("step_finished", step=2, metrics={"loss": 2.0}),
            lease.event("samples_drawn", step=2, samples=[]),
            lease.event("log", level="error", message="one"),
            lease.event("log", level="info", message="two"),
            lease.event(
                "benchmark_scored", step=2, benchmark="test", arm="sft",
                scores={"accuracy_greedy": estimate}, supervision={}, majority=0.2,
            ),
            lease.event("step_finished", step=3, metrics={"loss": 3.0}),
        )  # fmt: skip
        found = []
        async with asyncio.timeout(5):
            while len(found) < 5:
                found.append(await take(events, "metrics", "samples", "logs", "benchmark"))
    assert [event.kind for event in found] == ["metrics", "samples", "logs", "benchmark", "metrics"]
    assert steps(found[0]) == [1, 2]
    assert found[1].data == {"run_id": lease.run_id, "step": 2}
    assert [(line["stream"], line["text"]) for line in found[2].data["lines"]] == [
        ("error", "one"), ("info", "two"),
    ]  # fmt: skip
    # Each can be resumed after: the id moves on with every event.
    assert len({event.id for event in found}) == 5


async def test_a_resumed_attempt_says_from_where_it_replaces(
    world: World, url: str, token: str
) -> None:
    lease = await running(world)
    await lease.step(1, 2, 3)
    await lease.exit("infrastructure", "node down")
    again = await world.claim()
    await again.start()
    async with watching(url, token, f"run:{lease.run_id}") as events:
        await take(events, "run")
        await again.step(3)
        frame = await take(events, "metrics")
    assert (frame.data["attempt"], frame.data["first_step"]) == (2, 3)


async def test_pipelines_are_told_as_a_whole(world: World, url: str, token: str) -> None:
    rlvr = {"kind": "rlvr", "policy": {"run": "sft"}, "data": "shapes", "steps": 4}
    pipeline = await world.launch(sft=SFT, rlvr=rlvr)
    topic = f"pipeline:{pipeline['id']}"
    async with watching(url, token, topic) as events:
        first = await take(events, "pipeline")
        assert [run["state"] for run in first.data["runs"]] == ["queued", "blocked"]
        lease = await world.claim()
        await lease.succeed()
        last = first
        async with asyncio.timeout(10):
            while [run["state"] for run in last.data["runs"]] != ["succeeded", "queued"]:
                event = await take(events, "pipeline")
                assert event.data["version"] > last.data["version"]
                last = event


async def test_four_frames_a_second_are_enough(world: World, url: str, token: str) -> None:
    lease = await running(world)
    async with watching(url, token, f"run:{lease.run_id}") as events:
        await take(events, "run")
        began = time.monotonic()
        seen: list[int] = []
        frames = 0

        async def send() -> None:
            for step in range(1, 41):
                await lease.step(step)

        sending = asyncio.create_task(send())
        while len(seen) < 40:
            seen += steps(await take(events, "metrics"))
            frames += 1
        await sending
    assert seen == list(range(1, 41))
    # Eight at once are for a run that was silent, and one comes early, ahead of a snapshot.
    assert frames <= 4 * (time.monotonic() - began) + 9


async def test_who_is_too_far_behind_is_told_to_fetch_anew(
    world: World, url: str, token: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stream_frames, "MOST_ROWS", 3)
    lease = await running(world)
    loaded = good(await world.admin.get(f"/runs/{lease.run_id}/metrics"))
    await lease.step(1, 2, 3, 4, 5)
    query = {"since": loaded["cursor"]}
    async with watching(url, token, f"run:{lease.run_id}", **query) as events:
        assert (await take(events, "resync", "metrics")).kind == "resync"
        await take(events, "run")
        await lease.step(6)
        assert steps(await take(events, "metrics")) == [6]


async def test_news_of_another_process_comes_too(world: World, token: str) -> None:
    """Nothing rings in this process when another one writes: the hub looks by itself."""
    lease = await running(world)
    async with (
        World.started(world.settings, ("no-engine",), new=False) as other,
        listening(other.app) as address,
        watching(address, token, f"run:{lease.run_id}") as events,
    ):
        await take(events, "run")
        await lease.step(1)
        assert steps(await take(events, "metrics", seconds=3)) == [1]


def test_a_queue_that_is_full_becomes_one_resync() -> None:
    subscriber = Subscriber(frozenset({"run:a"}))
    frame = Frame("run:a", "metrics", b"{}", 1, 1)
    subscriber.put([frame] * LONGEST_QUEUE)
    assert subscriber.waiting == [frame] * LONGEST_QUEUE
    subscriber.put([frame])
    assert subscriber.waiting == [None]


async def test_whoever_waits_for_frames_is_woken_by_the_first_or_goes_without() -> None:
    subscriber = Subscriber(frozenset({"run:a"}))
    assert await subscriber.take(0.01) == []
    frame = Frame("run:a", "metrics", b"{}", 1, 1)
    waiting = asyncio.create_task(subscriber.take(60))
    await asyncio.sleep(0)
    subscriber.put([frame])
    subscriber.put([frame])
    assert await waiting == [frame, frame]


def test_who_was_silent_may_send_eight_frames_at_once_and_four_a_second() -> None:
    feed = Feed()
    sent = []
    for now in range(10_000, 12_000, 50):
        if feed.next_at <= now / 1000:
            feed.handed_out(now, now / 1000)
            sent.append(now)
    # While the eight go out a ninth becomes due.
    assert sent == [*range(10_000, 10_450, 50), *range(10_500, 12_000, 250)]


async def test_a_stream_ends_with_its_session(
    world: World, url: str, token: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stream_permits, "ASKED_EVERY", 0.2)
    pipeline = await world.launch()
    secret = good(await world.admin.post("/session/links"))["url"].partition("#")[2]
    await world.anybody.post("/session", json={"secret": secret})
    cookie = world.anybody.cookies["prism_session"]
    async with (
        AsyncClient(base_url=url, cookies={"prism_session": cookie}, timeout=30) as browser,
        browser.stream("GET", f"/api/v1/stream?topics=pipeline:{pipeline['id']}") as response,
    ):
        lines = response.aiter_lines()
        assert await anext(lines) == "retry: 1000"
        async with world.parts.database.writing() as session:
            await session.execute(delete(Session))
        async with asyncio.timeout(5):
            async for _ in lines:
                pass


async def test_a_quiet_stream_is_kept_alive(
    world: World, url: str, token: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stream_service, "PING_SECONDS", 0.1)
    pipeline = await world.launch()
    headers = {"Authorization": f"Bearer {token.strip()}"}
    async with (
        AsyncClient(base_url=url, headers=headers, timeout=30) as client,
        client.stream("GET", f"/api/v1/stream?topics=pipeline:{pipeline['id']}") as response,
    ):
        assert response.headers["cache-control"] == "no-cache"
        async with asyncio.timeout(5):
            async for line in response.aiter_lines():
                if line == ": ping":
                    return


async def test_whoever_leaves_is_forgotten(world: World, url: str, token: str) -> None:
    lease = await running(world)
    async with watching(url, token, f"run:{lease.run_id}") as events:
        await take(events, "run")
        assert len(world.parts.hub._feeds) == 1
    await eventually(lambda: not world.parts.hub._feeds)


def test_what_was_told_out_of_order_is_whole_and_what_is_missing_is_read() -> None:
    def told(first: int, last: int) -> Told:
        return Told("run_1", 1, 1, first, last, [(step, {}) for step in range(first, last + 1)])

    feed = Feed(position=4)
    for one in (told(7, 8), told(5, 6), told(3, 4), told(9, 9)):
        feed.hear(one)
    chain = feed.take_told()
    assert [one.first for one in chain] == [5, 7, 9]
    (frame,) = told_frames(chain)
    assert (frame.topic, frame.first, frame.last) == ("run:run_1", 5, 9)
    assert [point["step"] for point in json.loads(frame.data)["points"]] == [5, 6, 7, 8, 9]
    feed.position = 9
    feed.hear(told(11, 11))
    assert feed.take_told() == []
    feed.position = 10
    assert [one.first for one in feed.take_told()] == [11]
    assert feed.told == []
