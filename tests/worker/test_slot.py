"""What an idle slot says to the server, seen at the one seam between them: the HTTP transport."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import httpx
import pytest

from prism_client.worker_client import WorkerClient
from worker.membership import Membership
from worker.settings import Settings
from worker.slot import Slot
from worker.store import ArtifactStore
from worker.tasks import Bench

RUN = {
    "run_id": "run_1", "run_name": "sft", "attempt_id": "att_1", "attempt": 1, "kind": "sft",
    "recipe": {}, "inputs": [], "resume": None, "lease_seconds": 2,
}  # fmt: skip
NOTHING = httpx.Response(204)


class Server:
    """Answers claims one after another; None is a long poll that nobody wakes."""

    def __init__(self, *answers: httpx.Response | Exception | None) -> None:
        self._answers = list(answers)
        self.claims: list[dict[str, object]] = []
        self.registered = 0

    async def __call__(self, request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("/register"):
            self.registered += 1
            answer = {"worker_id": f"wrk_{self.registered}", "lease_seconds": 2}
            return httpx.Response(200, json=answer | {"heartbeat_seconds": 0.4})
        self.claims.append(json.loads(request.content))
        answer = self._answers.pop(0)
        if answer is None:
            await asyncio.sleep(60)
        if isinstance(answer, Exception):
            raise answer
        return answer


async def idle_slot(server: Server, folder: Path) -> Slot:
    client = WorkerClient("http://prism.test", "token", httpx.MockTransport(server))
    membership = Membership(client, "one", [[]], ["default"])
    await membership.renew()
    settings = Settings(home=folder)
    store = ArtifactStore(settings.artifact_store, settings.fetched)
    return Slot(0, Bench(settings, client, store, None, 1, 0.4), membership, poll=25)


async def test_nothing_to_do_ends_an_offer(tmp_path: Path) -> None:
    server = Server(NOTHING)
    assert await (await idle_slot(server, tmp_path)).offer() is None
    (claim,) = server.claims
    assert (claim["worker_id"], claim["slot"], claim["wait"]) == ("wrk_1", 0, 25)


async def test_a_doorbell_ends_the_wait_and_the_offer_keeps_its_key(tmp_path: Path) -> None:
    server = Server(None, httpx.Response(200, json=RUN))
    slot = await idle_slot(server, tmp_path)
    offering = asyncio.create_task(slot.offer())
    await asyncio.sleep(0.05)
    slot.ring()
    claim = await asyncio.wait_for(offering, 5)
    assert claim is not None
    assert claim.run_id == "run_1"
    first, second = server.claims
    assert first["claim_key"] == second["claim_key"]


@pytest.mark.parametrize(
    "failure", [httpx.ConnectError("refused"), httpx.ReadTimeout("slow"), httpx.Response(503)]
)
async def test_an_answer_that_was_lost_is_asked_for_again_under_the_same_key(
    tmp_path: Path, failure: httpx.Response | Exception
) -> None:
    server = Server(failure, httpx.Response(200, json=RUN))
    claim = await (await idle_slot(server, tmp_path)).offer()
    assert claim is not None
    first, second = server.claims
    assert first["claim_key"] == second["claim_key"]


async def test_a_worker_that_was_forgotten_registers_again(tmp_path: Path) -> None:
    server = Server(httpx.Response(404), NOTHING)
    await (await idle_slot(server, tmp_path)).offer()
    assert [claim["worker_id"] for claim in server.claims] == ["wrk_1", "wrk_2"]


async def test_each_offer_has_a_key_of_its_own(tmp_path: Path) -> None:
    server = Server(NOTHING, NOTHING)
    slot = await idle_slot(server, tmp_path)
    await slot.offer()
    await slot.offer()
    first, second = server.claims
    assert first["claim_key"] != second["claim_key"]


async def test_a_leaving_slot_takes_nothing_more(tmp_path: Path) -> None:
    server = Server(None)
    slot = await idle_slot(server, tmp_path)
    offering = asyncio.create_task(slot.offer())
    await asyncio.sleep(0.05)
    slot.leave()
    assert await asyncio.wait_for(offering, 5) is None
