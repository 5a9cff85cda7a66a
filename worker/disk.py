"""Telling the server how full the disk is that runs write to."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from pathlib import Path
from shutil import disk_usage

from prism_client.errors import PrismError
from prism_client.worker_client import WorkerClient
from worker.membership import Membership

EVERY = 60.0
"""Seconds: a disk that is to be looked at before it is full does not fill up between two."""


async def report_disk(
    server: WorkerClient, membership: Membership, home: Path, reserve: int, every: float = EVERY
) -> None:
    """Report now and again until cancelled; the next time makes good for one that fails."""
    while True:
        with suppress(PrismError, OSError):
            usage = await asyncio.to_thread(disk_usage, home)
            await server.report_disk(membership.worker_id, usage.free, usage.total, reserve)
        await asyncio.sleep(every)
