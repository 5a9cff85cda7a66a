"""Asking again until there is an answer."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

import structlog

from prism_client.errors import NotSignedIn, PrismError, ServerFailed, ServerUnreachable
from prism_client.retries import waits

log = structlog.get_logger()

Answer = TypeVar("Answer")

PASSING: tuple[type[PrismError], ...] = (ServerUnreachable, ServerFailed, NotSignedIn)
"""What time may heal: a server that starts again, and a token that is being replaced."""

LONGEST_WAIT = 2.0


async def until_answered(ask: Callable[[], Awaitable[Answer]]) -> Answer:
    """Ask until the server answers or refuses; how long that takes is of no concern to the run."""
    silent = True
    for wait in waits(0.1, LONGEST_WAIT):
        try:
            return await ask()
        except PASSING as error:
            if silent:
                log.warning("server_out_of_reach", error=str(error))
                silent = False
            await asyncio.sleep(wait)
    raise AssertionError("there is always a next wait")
