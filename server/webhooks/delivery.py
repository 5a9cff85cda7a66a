"""Posts what stands in the webhooks' outbox, and tries again what was not taken.

Every message is sent at least once: a process that dies between the answer and its note sends it
again, under the same `webhook-id`.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import cast

import httpcore
from pydantic_core import to_json

from prism_engine.contract.addresses import Network
from prism_engine.errors import ForbiddenAddress
from prism_engine.guard import GuardedNetwork
from server.database import Database, clock
from server.tables import Webhook, WebhookDelivery
from server.webhooks import repository
from server.webhooks.forms import FORMS
from server.webhooks.schemas import WebhookKind
from server.webhooks.signing import headers

AT_ONCE = 16
PATIENCE = 5.0
"""Seconds for one request, from the look at the name to the status of the answer."""
TAKEN = timedelta(seconds=60)
"""For so long nobody else tries what one process has begun."""
TRIES = 8
LONGEST_WAIT = timedelta(hours=6)
KEPT = timedelta(days=30)


@dataclass(frozen=True)
class Answer:
    """How a request ended. `final`: it is of no use to send it again."""

    status: int | None = None
    problem: str = ""
    final: bool = False


class Postman:
    """Sends requests to addresses that may be reached."""

    def __init__(self, allowed: Sequence[Network]) -> None:
        self._network = GuardedNetwork(allowed)
        self._tls = httpcore.default_ssl_context()

    async def post(self, url: str, body: bytes, signed: dict[str, str]) -> Answer:
        """Post once, following no redirect and reading no more of the answer than its status."""
        said = {"Content-Type": "application/json", "User-Agent": "prism-control", **signed}
        connections = httpcore.AsyncConnectionPool(self._tls, network_backend=self._network)
        try:
            async with (
                asyncio.timeout(PATIENCE),
                connections,
                connections.stream(
                    "POST", url, headers=list(said.items()), content=body
                ) as response,
            ):
                taken = 200 <= response.status < 300
                problem = "" if taken else f"answered with status {response.status}"
                return Answer(response.status, problem)
        except ForbiddenAddress as error:
            return Answer(problem=str(error), final=True)
        except TimeoutError:
            return Answer(problem=f"no answer within {PATIENCE:.0f} s")
        except (httpcore.NetworkError, httpcore.ProtocolError, httpcore.TimeoutException) as error:
            return Answer(problem=f"no answer: {error}"[:500])


async def deliver(
    database: Database, postman: Postman, first_wait: timedelta, dashboard: str
) -> None:
    """Try what is due, all at once, and note how it ended.

    Args:
        first_wait: before the second try.
        dashboard: its address, to which links lead.
    """
    async with database.reading() as session:
        if not await repository.any_due(session, await clock(session)):
            return
    async with database.writing() as session:
        now = await clock(session)
        taken = await repository.due(session, now, AT_ONCE)
        for delivery, _ in taken:
            delivery.due_at = now + TAKEN
    answers = await asyncio.gather(*(_try(postman, *both, dashboard) for both in taken))
    async with database.writing() as session:
        now = await clock(session)
        for (delivery, _), answer in zip(taken, answers, strict=True):
            # Its webhook may have been deleted meanwhile, and it with it.
            if kept := await session.get(WebhookDelivery, delivery.id):
                note(kept, answer, now, first_wait)


def note(delivery: WebhookDelivery, answer: Answer, now: datetime, first_wait: timedelta) -> None:
    """Write a try down, and when the next one is due, if any."""
    seen = {"at": now.isoformat(), "status": answer.status, "problem": answer.problem}
    delivery.tries = [*delivery.tries, seen]
    if not answer.problem:
        delivery.state = "delivered"
    elif answer.final or len(delivery.tries) >= TRIES:
        delivery.state = "failed"
    delivery.due_at = now + wait_after(len(delivery.tries), first_wait)


def wait_after(tries: int, first_wait: timedelta) -> timedelta:
    """Four times as long after each try: with 5 s at first, all eight take over seven hours."""
    growth: int = 4 ** (tries - 1)
    return min(first_wait * growth, LONGEST_WAIT)


async def forget(database: Database) -> None:
    """Delete the log of what came to its end long ago."""
    async with database.writing() as session:
        await repository.forget(session, await clock(session), KEPT)


async def _try(
    postman: Postman, delivery: WebhookDelivery, webhook: Webhook, dashboard: str
) -> Answer:
    form = FORMS[cast("WebhookKind", webhook.kind)]
    body = to_json(form(delivery.payload, dashboard))
    signed = headers(webhook.secret, delivery.id, int(time.time()), body)
    return await postman.post(webhook.url, body, signed)
