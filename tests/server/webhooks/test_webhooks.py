from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from server.runs.lifecycle import move
from server.settings import Settings
from server.tables import Run, WebhookDelivery
from server.webhooks.delivery import Answer, Postman, forget, note, wait_after
from server.webhooks.signing import signature
from tests.server.audits.test_endpoints import audit
from tests.server.webhooks.receiver import Receiver, receiving
from tests.server.world import World, eventually, good

TOPICS = ["run.state_changed", "pipeline.finished", "audit.verdict_changed"]
NOW = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture
def settings(settings: Settings) -> Settings:
    changes = {"allowed_addresses": "127.0.0.1", "webhook_retry_seconds": 0.02}
    return settings.model_copy(update=changes)


async def made(world: World, url: str, *topics: str, project: str | None = None) -> Any:
    """Make a webhook; return its path and its secret."""
    path = f"/projects/{project or await world.default_project()}/webhooks"
    body = {"url": url, "topics": list(topics) or TOPICS}
    created = good(await world.admin.post(path, json=body))
    return f"{path}/{created['webhook']['id']}", created["secret"]


async def log(world: World, path: str) -> list[Any]:
    """Deliveries, oldest first."""
    return list(reversed(good(await world.admin.get(f"{path}/deliveries"))["data"]))


async def settled(world: World, path: str, number: int) -> list[Any]:
    """Wait until so many deliveries have come to their end."""

    async def look() -> bool:
        return [row["state"] == "pending" for row in await log(world, path)] == [False] * number

    await eventually(look)
    return await log(world, path)


def states(receiver: Receiver) -> list[tuple[str, str]]:
    data = receiver.of("run.state_changed")
    return [(row["former_state"], row["run"]["state"]) for row in data]


async def cancel_and_fail(world: World) -> None:
    async with world.parts.database.writing() as session:
        move((await session.scalars(select(Run))).one(), "cancelled", NOW)
        await session.flush()
        raise RuntimeError("after all not")


def test_a_signature_is_that_of_standard_webhooks() -> None:
    """The example that the specification's libraries are tested with."""
    secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    body = b'{"test": 2432232314}'
    assert signature(secret, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, body) == (
        "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
    )


async def test_what_becomes_of_a_run_is_posted_and_signed(world: World) -> None:
    async with receiving() as receiver:
        path, secret = await made(world, receiver.url)
        pipeline = await world.launch()
        await (await world.claim()).succeed()
        deliveries = await settled(world, path, 5)
    assert states(receiver) == [
        ("blocked", "queued"),
        ("queued", "claimed"),
        ("claimed", "running"),
        ("running", "succeeded"),
    ]
    (finished,) = receiver.of("pipeline.finished")
    assert finished == {
        "project_id": pipeline["project_id"],
        "pipeline": {"id": pipeline["id"], "number": 1, "name": "demo"},
        "state": "succeeded",
    }
    assert all(request.is_signed_by(secret) for request in receiver.requests)
    ids = {request.headers["webhook-id"] for request in receiver.requests}
    assert ids == {row["id"] for row in deliveries}
    assert [[one["status"] for one in row["tries"]] for row in deliveries] == [[204]] * 5


async def test_a_failed_run_says_why(world: World) -> None:
    async with receiving() as receiver:
        path, _ = await made(world, receiver.url, "run.state_changed")
        await world.launch()
        lease = await world.claim()
        await lease.exit("diverged", "the loss is not finite at step 3")
        await settled(world, path, 3)
    failed = receiver.of("run.state_changed")[-1]
    assert failed["exit"] == {"kind": "diverged", "message": "the loss is not finite at step 3"}
    assert failed["run"]["id"] == lease.run_id


async def test_only_topics_and_projects_that_were_asked_for_are_posted(world: World) -> None:
    async with receiving() as receiver:
        finished, _ = await made(world, receiver.url, "pipeline.finished")
        elsewhere = await world.new_project("elsewhere")
        foreign, _ = await made(world, receiver.url, project=elsewhere)
        pipeline = await world.launch()
        good(await world.admin.post(f"/pipelines/{pipeline['id']}/cancel"))
        (row,) = await settled(world, finished, 1)
    assert (row["topic"], row["payload"]["data"]["state"]) == ("pipeline.finished", "cancelled")
    assert await log(world, foreign) == []


async def test_a_verdict_is_posted_when_it_changes(world: World) -> None:
    async with receiving() as receiver:
        path, _ = await made(world, receiver.url, "audit.verdict_changed")
        await world.launch()
        lease = await world.claim()
        await lease.start()
        await audit(lease, 1)
        await audit(lease, 2)
        await audit(lease, 3, verdict="saturated", reason="99% of pairs")
        await audit(lease, 4, verdict="saturated")
        await settled(world, path, 2)
    told = [
        (row["step"], row["former_verdict"], row["verdict"], row["reason"])
        for row in receiver.of("audit.verdict_changed")
    ]
    assert told == [
        (1, None, "healthy", "all is well"),
        (3, "healthy", "saturated", "99% of pairs"),
    ]


async def test_what_is_not_committed_is_not_announced(world: World) -> None:
    async with receiving() as receiver:
        path, _ = await made(world, receiver.url)
        await world.launch()
        (queued,) = await settled(world, path, 1)
        with pytest.raises(RuntimeError, match="after all"):
            await cancel_and_fail(world)
        assert await log(world, path) == [queued]


async def test_what_is_not_taken_is_tried_again_under_the_same_id(world: World) -> None:
    async with receiving(500, 302, 200) as receiver:
        path, secret = await made(world, receiver.url)
        message = good(await world.admin.post(f"{path}/ping"))
        (row,) = await settled(world, path, 1)
    assert row["state"] == "delivered"
    assert [(one["status"], one["problem"]) for one in row["tries"]] == [
        (500, "answered with status 500"),
        (302, "answered with status 302"),
        (200, ""),
    ]
    assert [r.headers["webhook-id"] for r in receiver.requests] == [message["id"]] * 3
    assert all(request.is_signed_by(secret) for request in receiver.requests)


async def test_an_event_is_posted_once_more_under_its_own_id(world: World) -> None:
    async with receiving() as receiver:
        path, _ = await made(world, receiver.url)
        message = good(await world.admin.post(f"{path}/ping"))
        await settled(world, path, 1)
        again = f"{path}/deliveries/{message['id']}/redeliver"
        assert good(await world.admin.post(again))["state"] == "pending"
        (row,) = await settled(world, path, 1)
        elsewhere, _ = await made(world, receiver.url)
        foreign = await world.admin.post(f"{elsewhere}/deliveries/{message['id']}/redeliver")
    assert [one["status"] for one in row["tries"]] == [204, 204]
    assert [r.headers["webhook-id"] for r in receiver.requests] == [message["id"]] * 2
    assert foreign.status_code == 404


async def test_a_receiver_that_is_away_is_tried_again(world: World) -> None:
    async with receiving() as receiver:
        url = receiver.url
    path, _ = await made(world, url)
    good(await world.admin.post(f"{path}/ping"))

    async def tried() -> bool:
        return len((await log(world, path))[0]["tries"]) >= 2

    await eventually(tried)
    assert (await log(world, path))[0]["tries"][0]["problem"].startswith("no answer: ")


async def test_a_private_address_is_refused_when_it_is_connected_to(world: World) -> None:
    for url in ("http://[::1]:1/", "http://10.0.0.1/", "http://169.254.169.254/latest"):
        path, _ = await made(world, url)
        good(await world.admin.post(f"{path}/ping"))
        (row,) = await settled(world, path, 1)
        assert row["state"] == "failed"
        (only,) = row["tries"]
        assert "which is no public address; an administrator allows it by" in only["problem"]


async def test_nothing_reaches_this_machine_unless_an_administrator_allows_it() -> None:
    async with receiving() as receiver:
        url = receiver.url.replace("127.0.0.1", "localhost")
        answer = await Postman([]).post(url, b"{}", {})
        assert (answer.final, receiver.requests) == (True, [])
        assert answer.problem.startswith("localhost is ")


@pytest.mark.parametrize(
    ("url", "remedy"),
    [
        ("ftp://example.org/", "https://example.org/hooks/prism"),
        ("https://", "https://example.org/hooks/prism"),
        ("https://me:secret@example.org/", "leave the password out"),
        ("https://example.org/hö", "by %"),
        ("https://example.org/a b", "by %"),
        ("https://example.org:99999/", "Port out of range"),
    ],
)
async def test_what_is_no_address_is_refused(world: World, url: str, remedy: str) -> None:
    body = {"url": url, "topics": ["pipeline.finished"]}
    path = f"/projects/{await world.default_project()}/webhooks"
    refused = await world.admin.post(path, json=body)
    assert refused.status_code == 422
    (error,) = refused.json()["errors"]
    assert error["field"] == "url"
    assert remedy in error["message"]


async def test_a_secret_is_shown_once_and_a_webhook_is_its_projects(world: World) -> None:
    path, secret = await made(world, "https://example.org/")
    assert secret.startswith("whsec_")
    project = path.rpartition("/")[0]
    for where in (project, f"{path}/deliveries", "/audit-log"):
        assert secret not in (await world.admin.get(where)).text
    (row,) = good(await world.admin.get(project))["data"]
    assert (row["url"], row["created_by"]) == ("https://example.org/", "admin")
    elsewhere = await world.new_project("elsewhere")
    foreign = path.replace(await world.default_project(), elsewhere)
    assert (await world.admin.delete(foreign)).status_code == 404
    assert (await world.admin.get(f"{foreign}/deliveries")).status_code == 404
    good(await world.admin.delete(path))
    assert good(await world.admin.get(project))["data"] == []


async def test_the_log_comes_page_by_page_and_is_not_kept_for_ever(world: World) -> None:
    async with receiving() as receiver:
        path, _ = await made(world, receiver.url)
        for _ in range(3):
            good(await world.admin.post(f"{path}/ping"))
        rows = await settled(world, path, 3)
    page = good(await world.admin.get(f"{path}/deliveries", params={"limit": 2}))
    assert [row["id"] for row in page["data"]] == [rows[2]["id"], rows[1]["id"]]
    query = {"after": page["next_cursor"]}
    rest = good(await world.admin.get(f"{path}/deliveries", params=query))
    assert [row["id"] for row in rest["data"]] == [rows[0]["id"]]
    async with world.parts.database.writing() as session:
        old = await session.get_one(WebhookDelivery, rows[0]["id"])
        old.created_at -= timedelta(days=31)
    await forget(world.parts.database)
    assert [row["id"] for row in await log(world, path)] == [rows[1]["id"], rows[2]["id"]]


def test_waits_grow_and_tries_end() -> None:
    first = timedelta(seconds=5)
    waits = [wait_after(tries, first).total_seconds() for tries in range(1, 9)]
    assert waits == [5, 20, 80, 320, 1280, 5120, 20480, 21600]
    delivery = WebhookDelivery(id="msg_1", state="pending", tries=[])
    for _ in range(7):
        note(delivery, Answer(500, "answered with status 500"), NOW, first)
    assert (delivery.state, delivery.due_at) == ("pending", NOW + timedelta(seconds=20480))
    note(delivery, Answer(500, "answered with status 500"), NOW, first)
    assert (delivery.state, len(delivery.tries)) == ("failed", 8)
