"""Asking one endpoint: paced, retried, paid for once, and remembered."""

from __future__ import annotations

import asyncio
import time
from weakref import WeakValueDictionary

import httpx

from prism_engine.contract.endpoints import Endpoint
from prism_engine.endpoints.budget import Budget, actual_cost, highest_cost
from prism_engine.endpoints.keys import hide
from prism_engine.endpoints.ledger import Ledger
from prism_engine.endpoints.pace import Bucket, Concurrency
from prism_engine.endpoints.reply import Reply, Unanswered, read_reply
from prism_engine.endpoints.request import ChatRequest
from prism_engine.endpoints.waiting import FIRST_WAIT, retry_after, wait_before
from prism_engine.errors import EndpointDown

TRIED_AGAIN = frozenset({408, 409, 425, 429})
"""Of what a server refuses, this may be granted later. All of 5xx may."""

MAYBE_BILLED = frozenset({408, 502, 504})
"""Words of a gateway, behind which the model may have answered."""

CONSECUTIVE_FAILURES = 16
"""After so many requests without an answer, all their tries included, nobody is there."""

LONGEST_REASON = 500


class Tried:
    """An attempt that came to nothing, and is made again."""

    def __init__(self, reason: str, *, maybe_billed: bool, wait: float | None = None) -> None:
        self.reason = reason
        self.maybe_billed = maybe_billed
        self.wait = wait


class ChatClient:
    """Asks one endpoint.

    Args:
        endpoint: whom.
        secret: what it wants to see, None where it wants nothing.
        ledger: what has been asked before.
        budget: what may be spent, shared by all endpoints of a run.
        http: the connections.
        first_wait: seconds before the first repetition at most.
    """

    def __init__(
        self,
        endpoint: Endpoint,
        secret: str | None,
        ledger: Ledger,
        budget: Budget,
        http: httpx.AsyncClient,
        first_wait: float = FIRST_WAIT,
    ) -> None:
        self.endpoint = endpoint
        self._secret = secret
        self._ledger = ledger
        self._budget = budget
        self._http = http
        self._first_wait = first_wait
        self._concurrency = Concurrency(endpoint.concurrency)
        self._requests = _bucket(endpoint.requests_per_minute)
        self._tokens = _bucket(endpoint.tokens_per_minute)
        self._turns: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        self._failures = 0

    async def ask(self, request: ChatRequest) -> Reply | Unanswered:
        """The reply to a request: the one that was paid for, or a new one.

        Raises:
            BudgetSpent: there is too little money left for it.
            EndpointDown: the server has not answered for a long time.
        """
        key = request.key(self.endpoint)
        # Whoever asks the same at the same time waits for the one reply.
        turn = self._turns.setdefault(key, asyncio.Lock())
        async with turn:
            known = self._ledger.outcome(key)
            return known or await self._ask_until_answered(key, request)

    async def _ask_until_answered(self, key: str, request: ChatRequest) -> Reply | Unanswered:
        deadline = time.monotonic() + self.endpoint.deadline
        tried = Tried("", maybe_billed=False)
        for attempt in range(self.endpoint.attempts):
            if attempt:
                wait = wait_before(attempt, tried.wait, self._first_wait)
                if time.monotonic() + wait > deadline:
                    break
                await asyncio.sleep(wait)
            outcome = await self._attempt(key, request, deadline)
            if not isinstance(outcome, Tried):
                self._failures = 0
                return outcome
            tried = outcome
        self._failures += 1
        if self._failures >= CONSECUTIVE_FAILURES:
            raise EndpointDown(self.endpoint.url, tried.reason)
        return Unanswered(tried.reason)

    async def _attempt(
        self, key: str, request: ChatRequest, deadline: float
    ) -> Reply | Unanswered | Tried:
        """Send a request once, with the money for it reserved and its fate written down."""
        tokens = request.prompt_tokens(self.endpoint) + request.max_tokens
        async with self._concurrency.place() as began:
            if self._requests:
                await self._requests.take(1)
            if self._tokens:
                await self._tokens.take(tokens)
            counted = self._ledger.uncertain(key) if self.endpoint.idempotent else 0
            reserved = max(highest_cost(self.endpoint, request) - counted, 0)
            await self._budget.reserve(reserved)
            self._ledger.dispatch(key, self.endpoint.model, reserved)
            spent = reserved
            try:
                outcome = await self._send(key, request, deadline)
                spent = self._write_down(key, request, outcome, reserved, counted)
            finally:
                await self._budget.settle(reserved, spent)
        self._adapt(outcome, began, tokens)
        return outcome

    def _write_down(
        self,
        key: str,
        request: ChatRequest,
        outcome: Reply | Unanswered | Tried,
        reserved: int,
        counted: int,
    ) -> int:
        """Keep what came of an attempt; returns by how much it changes what has been spent.

        Args:
            key: of the request.
            request: what was asked.
            outcome: what came of it.
            reserved: the most that the attempt adds.
            counted: what earlier attempts may have cost, where all are billed as one.
        """
        if isinstance(outcome, Reply):
            cost = actual_cost(self.endpoint, request, outcome.usage)
            price = None if self.endpoint.price is None else self.endpoint.price.version
            billed_once = self.endpoint.idempotent
            self._ledger.done(key, outcome, cost, price, billed_once=billed_once)
            return cost - counted
        if isinstance(outcome, Unanswered):
            self._ledger.refused(key, outcome.reason)
            return 0
        if outcome.maybe_billed:
            self._ledger.lost(key)
            return reserved
        self._ledger.unpaid(key)
        return 0

    async def _send(
        self, key: str, request: ChatRequest, deadline: float
    ) -> Reply | Unanswered | Tried:
        seconds = min(self.endpoint.timeout, max(deadline - time.monotonic(), 0.0))
        headers = {"Idempotency-Key": key}
        if self._secret:
            headers["Authorization"] = f"Bearer {self._secret}"
        try:
            async with asyncio.timeout(seconds):
                response = await self._http.post(
                    f"{self.endpoint.url}/chat/completions",
                    json=request.body(self.endpoint),
                    headers=headers,
                )
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as error:
            return Tried(str(error) or "no connection", maybe_billed=False)
        except (httpx.TransportError, TimeoutError) as error:
            reason = str(error) or f"no answer within {seconds:g} s"
            return Tried(reason, maybe_billed=True)
        return self._read(response)

    def _read(self, response: httpx.Response) -> Reply | Unanswered | Tried:
        status = response.status_code
        if response.is_success:
            return read_reply(response.content)
        said = hide(response.text, self._secret)[:LONGEST_REASON]
        reason = f"{status} {said}".strip()
        if status in TRIED_AGAIN or status >= 500:
            return Tried(
                reason, maybe_billed=status in MAYBE_BILLED, wait=retry_after(response.headers)
            )
        return Unanswered(reason)

    def _adapt(self, outcome: Reply | Unanswered | Tried, began: float, tokens: int) -> None:
        """Ask for more at a time where the server keeps up, and for less where it does not."""
        if isinstance(outcome, Tried):
            self._concurrency.pressed(began)
            return
        self._concurrency.succeeded()
        if self._tokens and isinstance(outcome, Reply) and outcome.usage:
            used = outcome.usage.prompt + outcome.usage.generated
            self._tokens.give_back(max(tokens - used, 0))


def _bucket(per_minute: int | None) -> Bucket | None:
    return None if per_minute is None else Bucket(per_minute)
