"""Endpoints for code that is not asynchronous: a session in a thread of its own."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Self

from anyio.from_thread import BlockingPortal, start_blocking_portal

from prism_engine.contract.endpoints import Endpoint
from prism_engine.endpoints.keys import Keys
from prism_engine.endpoints.reply import Reply, Unanswered
from prism_engine.endpoints.request import ChatRequest
from prism_engine.endpoints.session import Session, open_session


class BlockingSession:
    """A session that can be asked while it is open: `with session: …`."""

    def __init__(self, ledger: Path, keys: Keys, cap: float | None) -> None:
        self._opening = (ledger, keys, cap)
        self._open = ExitStack()
        self._portal: BlockingPortal | None = None
        self._session: Session | None = None

    def __enter__(self) -> Self:
        with ExitStack() as opened:
            self._portal = opened.enter_context(start_blocking_portal())
            session = self._portal.wrap_async_context_manager(open_session(*self._opening))
            self._session = opened.enter_context(session)
            self._open = opened.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._open.close()

    def ask(self, endpoint: Endpoint, requests: Sequence[ChatRequest]) -> list[Reply | Unanswered]:
        """The replies to all requests, in their order.

        Raises:
            BudgetSpent: there is too little money left.
            EndpointDown: the server has not answered for a long time.
        """
        assert self._portal is not None, "the session is not open"
        return self._portal.call(self._ask, endpoint, requests)

    async def _ask(
        self, endpoint: Endpoint, requests: Sequence[ChatRequest]
    ) -> list[Reply | Unanswered]:
        assert self._session is not None
        client = self._session.client(endpoint)
        # Every request is seen through, so that none is paid for and thrown away.
        asked = [client.ask(request) for request in requests]
        found = await asyncio.gather(*asked, return_exceptions=True)
        replies = []
        for one in found:
            if isinstance(one, BaseException):
                raise one
            replies.append(one)
        return replies
