"""The disk that the home lies on: what is taken while it fills up, and who is told.

Below the reserve nothing new is begun or stored, so that what runs can still report its events;
those who watch are told when three times the reserve is left.
"""

from __future__ import annotations

from pathlib import Path
from shutil import disk_usage
from typing import Literal, NamedTuple

from fastapi import Depends

from server.errors import NoRoom
from server.parts import PartsOf
from server.settings import Settings

GIB = 2**30
WARNED_AT = 3
"""So many times the reserve is left when the first warning comes."""

DiskState = Literal["enough", "low", "full"]


class Disk(NamedTuple):
    """Bytes of a disk, and how much of them is kept free."""

    free: int
    total: int
    reserve: int

    @property
    def state(self) -> DiskState:
        if self.free < self.reserve:
            return "full"
        return "low" if self.free < WARNED_AT * self.reserve else "enough"


def measure(folder: Path) -> tuple[int, int]:
    """Return the free bytes and all bytes of the disk that a folder lies on."""
    usage = disk_usage(folder)
    return usage.free, usage.total


def disk_of(settings: Settings) -> Disk:
    """Return how the disk of the home is."""
    free, total = measure(settings.home)
    return Disk(free, total, round(settings.disk_reserve_gib * GIB))


async def require_room(parts: PartsOf) -> None:
    """Dependency: refuse what would begin or store something new on a disk that is full."""
    disk = disk_of(parts.settings)
    if disk.state == "full":
        raise NoRoom(
            f"The server's disk has {disk.free / GIB:.1f} GiB left, and "
            f"{disk.reserve / GIB:.1f} GiB are kept for what runs (PRISM_DISK_RESERVE_GIB): "
            "delete checkpoints or data, or give PRISM_HOME more room."
        )


Room = Depends(require_room)
