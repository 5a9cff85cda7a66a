"""Tells every project's webhooks when the disk of the home fills up."""

from __future__ import annotations

import structlog

from server.database import Database
from server.settings import Settings
from server.storage.disk import GIB, Disk, DiskState, disk_of
from server.webhooks.outbox import announce_everywhere

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
        if ORDER.index(disk.state) > ORDER.index(self._told):
            await self._raise(disk)
        self._told = disk.state

    async def _raise(self, disk: Disk) -> None:
        consequence = (
            "launches and uploads are refused" if disk.state == "full" else "it will be full soon"
        )
        message = (
            f"The server's disk has {disk.free / GIB:.1f} of {disk.total / GIB:.1f} GiB left: "
            f"{consequence}"
        )
        log.error("disk fills up", state=disk.state, free=disk.free)
        alert = {"alert": f"disk_{disk.state}", "message": message}
        async with self._database.writing() as session:
            await session.run_sync(announce_everywhere, "alert.raised", alert)
