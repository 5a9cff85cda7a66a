"""Keeping the right to an attempt, and hearing what is wanted of it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from prism_client.errors import NotFound, PrismError
from prism_client.worker_client import Orders
from worker.orders import StandingOrders


async def keep_lease(
    beat: Callable[[], Awaitable[Orders]], every: float, orders: StandingOrders
) -> None:
    """Have the heart beat every so many seconds until cancelled.

    A missed one is no reason to end the engine: time in which no server was up does not count
    against the lease, and if the run went to another worker after all, the first answer says so.
    """
    while True:
        try:
            orders.hear(await beat())
        except NotFound:
            orders.forget()
        except PrismError:
            pass
        await asyncio.sleep(every)
