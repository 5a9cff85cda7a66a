"""Raises an alert when the disk of the home fills up, or that of a worker."""

from __future__ import annotations

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from server.alerts.rules import raise_everywhere
from server.alerts.schemas import AlertKind
from server.database import Database
from server.settings import Settings
from server.storage.disk import GIB, Disk, DiskState, disk_of

log = structlog.get_logger()

ORDER: tuple[DiskState, ...] = ("enough", "low", "full")


class DiskWatch:
    """Remembers what was told, so that each worsening is told once."""

    def __init__(self, settings: Settings, database: Database) -> None:
        self._settings = settings
        self._database = database
        self._told: DiskState = "enough"

    async def look(self) -> None:
        """Raise an alert if the disk is worse than what was told last."""
        disk = disk_of(self._settings)
        if is_worse(disk.state, self._told):
            async with self._database.writing() as session:
                await raise_alert(
                    session, disk, "The server's disk", "launches and uploads are refused"
                )
        self._told = disk.state


def is_worse(state: DiskState, told: DiskState) -> bool:
    """Whether there is something new to tell."""
    return ORDER.index(state) > ORDER.index(told)


async def raise_alert(session: AsyncSession, disk: Disk, whose: str, once_full: str) -> None:
    """Tell everybody how full a disk is; `once_full` is what follows when it is full."""
    consequence = once_full if disk.state == "full" else "it will be full soon"
    message = f"{whose} has {disk.free / GIB:.1f} of {disk.total / GIB:.1f} GiB left: {consequence}"
    log.error("disk fills up", whose=whose, state=disk.state, free=disk.free)
    kind: AlertKind = "disk_full" if disk.state == "full" else "disk_low"
    await session.run_sync(raise_everywhere, kind, message)
