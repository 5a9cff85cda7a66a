"""The client against a real server on this machine, whose book is the judge of what was paid."""

from __future__ import annotations

import asyncio
import sqlite3
import time
from pathlib import Path

import pytest

from prism_engine.endpoints.reply import Reply, Unanswered, Usage
from prism_engine.endpoints.request import ChatRequest, Message
from prism_engine.errors import BudgetSpent, EndpointDown, ForbiddenAddress, InvalidData
from tests.engine.endpoints.conftest import Opened, endpoint
from tests.engine.endpoints.server import Act, Call, ChatServer, completion


def request(text: str = "what", **settings: object) -> ChatRequest:
    return ChatRequest((Message("user", text),), prompt="v1", max_tokens=100, **settings)


def yes(call: Call) -> Act:
    return Act(reply=completion("yes"))


async def test_a_reply_is_asked_for_once_and_kept(opened: Opened) -> None:
    server = ChatServer(yes)
    with server.running() as url:
        for _ in range(2):
            async with opened() as session:
                reply = await session.client(endpoint(url)).ask(request())
                assert reply == Reply("yes", "complete", Usage(prompt=100, generated=20))
                spending = session.ledger.spending()
        assert len(server.calls) == 1
        body = server.calls[0].body
        assert body == {
            "model": "m", "max_tokens": 100, "temperature": 0.0, "seed": 0,
            "messages": [{"role": "user", "content": "what"}],
        }  # fmt: skip
    assert (spending.requests, spending.attempts, spending.answered) == (1, 1, 1)
    assert spending.spent == pytest.approx((100 * 1.0 + 20 * 2.0) / 1e6)


async def test_the_same_question_at_the_same_time_is_asked_once(opened: Opened) -> None:
    server = ChatServer(yes)
    with server.running() as url:
        async with opened() as session:
            client = session.client(endpoint(url))
            replies = await asyncio.gather(*(client.ask(request()) for _ in range(5)))
            await client.ask(request(sample=1))
    assert {reply.text for reply in replies if isinstance(reply, Reply)} == {"yes"}
    assert len(server.calls) == 2


@pytest.mark.parametrize("status", [408, 409, 429, 500, 502, 503, 504])
async def test_what_may_be_granted_later_is_asked_again(opened: Opened, status: int) -> None:
    server = ChatServer(lambda call: Act(status) if call.attempt < 3 else yes(call))
    with server.running() as url:
        async with opened() as session:
            reply = await session.client(endpoint(url)).ask(request())
    assert isinstance(reply, Reply)
    assert len(server.calls) == 3
    assert len({call.key for call in server.calls}) == 1


@pytest.mark.parametrize("status", [301, 400, 401, 403, 404, 413, 422])
async def test_what_is_refused_for_good_is_never_asked_again(opened: Opened, status: int) -> None:
    server = ChatServer(lambda call: Act(status, headers={"Location": "http://10.0.0.1/"}))
    with server.running() as url:
        for _ in range(2):
            async with opened() as session:
                answer = await session.client(endpoint(url)).ask(request())
                assert isinstance(answer, Unanswered)
                assert answer.reason.startswith(str(status))
                assert session.ledger.spending().spent == 0
    assert len(server.calls) == 1


async def test_a_server_that_asks_to_wait_is_left_alone_for_so_long(opened: Opened) -> None:
    server = ChatServer(
        lambda call: Act(429, headers={"Retry-After": "0.4"}) if call.attempt == 1 else yes(call)
    )
    with server.running() as url:
        async with opened() as session:
            began = time.monotonic()
            await session.client(endpoint(url)).ask(request())
    assert time.monotonic() - began >= 0.4


async def test_the_deadline_ends_all_tries(opened: Opened) -> None:
    server = ChatServer(lambda call: Act(503, headers={"Retry-After": "60"}))
    with server.running() as url:
        async with opened() as session:
            client = session.client(endpoint(url, deadline=1.0))
            assert isinstance(await client.ask(request()), Unanswered)
            # It is not refused for good: a later run asks again.
            await client.ask(request())
    assert len(server.calls) == 2


async def test_where_nobody_answers_the_run_ends(opened: Opened) -> None:
    server = ChatServer(lambda call: Act(500))
    with server.running() as url:
        async with opened() as session:
            client = session.client(endpoint(url, attempts=1))
            for number in range(15):
                assert isinstance(await client.ask(request(str(number))), Unanswered)
            with pytest.raises(EndpointDown, match="500"):
                await client.ask(request("15"))
    assert len(server.calls) == 16


async def test_an_idempotent_server_bills_a_lost_answer_once(opened: Opened) -> None:
    server = ChatServer(
        lambda call: Act(
            reply=completion(f"answer of attempt {call.attempt}"),
            delay=1.0 if call.attempt == 1 else 0.0,
            broken_off=call.attempt == 2,
        )
    )
    with server.running() as url:
        async with opened() as session:
            client = session.client(endpoint(url, timeout=0.2, idempotent=True))
            assert await client.ask(request()) == Reply(
                "answer of attempt 1", "complete", Usage(prompt=100, generated=20)
            )
            spending = session.ledger.spending()
    assert len(server.calls) == 3
    assert server.paid_twice == 0
    assert spending.possibly_paid_twice == 0
    assert spending.spent == pytest.approx(server.spent(1.0, 2.0))


async def test_another_server_may_bill_it_twice_and_that_is_said_and_counted(
    opened: Opened,
) -> None:
    server = ChatServer(
        lambda call: Act(reply=completion("yes"), delay=1.0 if call.attempt == 1 else 0.0),
        idempotent=False,
    )
    with server.running() as url:
        async with opened() as session:
            await session.client(endpoint(url, timeout=0.2)).ask(request())
            spending = session.ledger.spending()
    assert server.paid_twice == 1
    assert spending.possibly_paid_twice == 1
    assert spending.spent >= server.spent(1.0, 2.0)


@pytest.mark.parametrize(
    ("act", "reply"),
    [
        (Act(reply=completion("half", finish="length")), Reply("half", "cut")),
        (Act(reply=completion(None, refusal="I cannot")), Reply("I cannot", "refused")),
        (Act(reply=completion(None, finish="content_filter")), Reply("", "refused")),
        (Act(reply={"choices": [], "usage": completion("")["usage"]}), Reply("", "unreadable")),
        (Act(raw=b'{"choices": [{"mess'), Reply("", "unreadable")),
        (Act(raw=b"\xff\x00 502 upstream"), Reply("", "unreadable")),
        (Act(reply=completion("yes", usage=False)), Reply("yes", "complete")),
    ],
)
async def test_what_was_paid_for_is_kept_whatever_it_is(
    opened: Opened, act: Act, reply: Reply
) -> None:
    server = ChatServer(lambda call: act)
    with server.running() as url:
        async with opened() as session:
            client = session.client(endpoint(url))
            found = [await client.ask(request()) for _ in range(2)]
            spent = session.ledger.spending().spent
    assert [(one.text, one.finish) for one in found if isinstance(one, Reply)] == [
        (reply.text, reply.finish)
    ] * 2
    assert len(server.calls) == 1
    assert spent >= server.spent(1.0, 2.0)


async def test_money_is_reserved_before_it_is_spent(opened: Opened) -> None:
    """At most (4 + 64) · 1 + 100 · 2 = 268 millionths of a dollar each; really 140."""
    server = ChatServer(lambda call: Act(reply=completion("yes"), delay=0.05))
    with server.running() as url:
        async with opened(cap=1000e-6) as session:
            client = session.client(endpoint(url))
            asked = (client.ask(request(f"{number:04}")) for number in range(20))
            found = await asyncio.gather(*asked, return_exceptions=True)
            spending = session.ledger.spending()
    # After six of them 840 are spent, and 268 more would be above 1000.
    assert sum(isinstance(one, Reply) for one in found) == len(server.calls) == 6
    assert all("raise the cap" in str(one) for one in found if isinstance(one, BudgetSpent))
    assert server.most_under_way <= 3
    assert spending.spent == pytest.approx(840e-6)


async def test_a_request_that_was_in_flight_when_the_process_died_stays_counted(
    opened: Opened, tmp_path: Path
) -> None:
    server = ChatServer(yes, idempotent=False)
    with server.running() as url:
        asked = request()
        key = asked.key(endpoint(url))
        async with opened() as session:
            session.ledger.dispatch(key, "m", 268_000)
        async with opened() as session:
            assert session.ledger.spending().possibly_spent == pytest.approx(268e-6)
            assert session.ledger.spending().interrupted == 1
            await session.client(endpoint(url)).ask(asked)
            spending = session.ledger.spending()
    assert spending.possibly_paid_twice == 1
    assert spending.spent == pytest.approx((268 + 140) * 1e-6)


async def test_secrets_go_into_the_header_and_nowhere_else(opened: Opened, tmp_path: Path) -> None:
    server = ChatServer(
        lambda call: (
            Act(401, raw=b"Incorrect API key provided: sk-secret-7")
            if call.attempt == 1
            else yes(call)
        )
    )
    with server.running() as url:
        async with opened(teacher="sk-secret-7") as session:
            answer = await session.client(endpoint(url, key="teacher")).ask(request())
            assert server.calls[0].authorization == "Bearer sk-secret-7"
            with pytest.raises(InvalidData, match="no key 'judge'"):
                session.client(endpoint(url, key="judge"))
    assert answer == Unanswered("401 Incorrect API key provided: •••")
    ledger = (tmp_path / "ledger.sqlite").read_bytes()
    assert b"Incorrect API key" in ledger
    assert b"sk-secret" not in ledger


async def test_private_addresses_are_refused_when_connecting(
    opened: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = ChatServer(yes)
    with server.running() as url:
        monkeypatch.delenv("PRISM_ALLOWED_ADDRESSES")
        for name in (url, url.replace("127.0.0.1", "localhost")):
            async with opened() as session:
                with pytest.raises(ForbiddenAddress, match="PRISM_ALLOWED_ADDRESSES"):
                    await session.client(endpoint(name)).ask(request())
    assert server.calls == []


async def test_no_two_processes_share_a_ledger(opened: Opened, tmp_path: Path) -> None:
    async with opened():
        other = sqlite3.connect(tmp_path / "ledger.sqlite", timeout=0)
        with pytest.raises(sqlite3.OperationalError, match="locked"):
            other.execute("SELECT * FROM requests")
        other.close()


async def test_a_pressed_server_is_asked_for_less_at_a_time(opened: Opened) -> None:
    server = ChatServer(lambda call: Act(reply=completion("yes"), delay=0.02))
    with server.running() as url:
        async with opened() as session:
            client = session.client(endpoint(url, concurrency=3))
            await asyncio.gather(*(client.ask(request(str(n))) for n in range(30)))
    assert server.most_under_way == 3
