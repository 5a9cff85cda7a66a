"""What a run needs to ask endpoints, opened and closed as one."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from pathlib import Path

import httpx

from prism_engine.contract.addresses import allowed_networks
from prism_engine.contract.endpoints import Endpoint
from prism_engine.endpoints.budget import DOLLAR, Budget
from prism_engine.endpoints.client import ChatClient
from prism_engine.endpoints.keys import Keys
from prism_engine.endpoints.ledger import Ledger
from prism_engine.endpoints.waiting import FIRST_WAIT
from prism_engine.guard import GuardedTransport

LONGEST = 86_400.0


class Session:
    """Gives a client for every endpoint; all of them share the ledger and the budget."""

    def __init__(
        self,
        ledger: Ledger,
        budget: Budget,
        keys: Keys,
        http: httpx.AsyncClient,
        first_wait: float = FIRST_WAIT,
    ) -> None:
        self.ledger = ledger
        self._budget = budget
        self._keys = keys
        self._http = http
        self._first_wait = first_wait
        self._clients: dict[str, ChatClient] = {}

    def client(self, endpoint: Endpoint) -> ChatClient:
        """The one client of an endpoint, so that its pace holds for all who ask it.

        Raises:
            InvalidData: the endpoint's key is not among the keys.
        """
        name = endpoint.model_dump_json()
        if name not in self._clients:
            secret = self._keys.secret(endpoint.key)
            self._clients[name] = ChatClient(
                endpoint, secret, self.ledger, self._budget, self._http, self._first_wait
            )
        return self._clients[name]


@asynccontextmanager
async def open_session(
    ledger: Path, keys: Keys, cap: float | None = None, first_wait: float = FIRST_WAIT
) -> AsyncIterator[Session]:
    """Open the ledger and the connections.

    Args:
        ledger: its file; it is made if there is none.
        keys: the secrets that endpoints want.
        cap: the most to spend, in dollars, with what the ledger holds already.
        first_wait: seconds before a request is repeated for the first time, at most.

    Raises:
        InvalidData: another process uses the ledger.
    """
    # Connections are counted by the endpoints themselves.
    limits = httpx.Limits(max_connections=None, max_keepalive_connections=64)
    transport = GuardedTransport(allowed_networks(os.environ), limits)
    with closing(Ledger(ledger)) as opened:
        budget = Budget(None if cap is None else round(cap * DOLLAR), opened.spent)
        # Every endpoint has its own patience, which its client holds to.
        async with httpx.AsyncClient(transport=transport, timeout=LONGEST, trust_env=False) as http:
            yield Session(opened, budget, keys, http, first_wait)
