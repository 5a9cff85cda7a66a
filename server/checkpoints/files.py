"""The files of durable checkpoints in the artifact store, as one tar archive."""

from __future__ import annotations

import asyncio
import tarfile
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import PurePosixPath
from typing import Any, cast

import fsspec

from prism_engine.contract.manifest import MANIFEST
from server.artifacts.store import remove
from server.errors import Conflict

CHUNK = 2**20
BLOCK = 512
"""Tar pads every file to a multiple of this, and ends with two empty ones."""


@dataclass(frozen=True)
class Member:
    """One file of an archive: its header, and where its content lies."""

    header: bytes
    path: str
    size: int

    @property
    def padding(self) -> int:
        return -self.size % BLOCK


@dataclass(frozen=True)
class Archive:
    """A tar archive that is made while it is sent."""

    members: Sequence[Member]

    @property
    def size(self) -> int:
        """Bytes of all of it."""
        return 2 * BLOCK + sum(len(m.header) + m.size + m.padding for m in self.members)


class CheckpointFiles:
    """Files below `checkpoints/` of an fsspec URL, which is where workers put them."""

    def __init__(self, url: str) -> None:
        self._files, root = fsspec.url_to_fs(url)
        self._root = f"{str(root).rstrip('/')}/checkpoints"

    def folder(self, location: str) -> str:
        """Return the path of a checkpoint in the store. Raises `Conflict` if it lies elsewhere."""
        protocol, separator, _ = location.partition("://")
        ours = self._files.protocol
        known = (ours,) if isinstance(ours, str) else ours
        path = str(self._files._strip_protocol(location))
        inside = path.startswith(f"{self._root}/") and ".." not in PurePosixPath(path).parts
        if (separator and protocol not in known) or not inside:
            raise Conflict(
                f"The checkpoint lies at {location}, outside of this server's artifact store; "
                "set PRISM_ARTIFACTS of server and workers alike."
            )
        return path

    async def archive(
        self, location: str, manifest: Mapping[str, Any], name: str, saved_at: datetime
    ) -> Archive:
        """Return the archive of a checkpoint in a folder of this name.

        Raises:
            Conflict: it lies outside of the store, or is gone from it.
        """
        folder = self.folder(location)
        sizes = {path: file["size"] for path, file in manifest["files"].items()}
        try:
            info = await asyncio.to_thread(self._files.info, f"{folder}/{MANIFEST}")
        except FileNotFoundError as error:
            raise Conflict(f"The checkpoint is gone from {location}.") from error
        sizes[MANIFEST] = info["size"]
        return Archive(
            [
                Member(_header(f"{name}/{path}", size, saved_at), f"{folder}/{path}", size)
                for path, size in sizes.items()
                if not PurePosixPath(path).is_absolute() and ".." not in PurePosixPath(path).parts
            ]
        )

    async def remove(self, location: str) -> None:
        """Remove a checkpoint's files; they may be gone already. Raises `Conflict`."""
        await asyncio.to_thread(remove, self._files, self.folder(location))

    async def send(self, archive: Archive) -> AsyncIterator[bytes]:
        """Yield the archive piece by piece."""
        for member in archive.members:
            yield member.header
            left = member.size
            with await asyncio.to_thread(self._files.open, member.path, "rb") as file:
                while left:
                    chunk = cast("bytes", await asyncio.to_thread(file.read, min(CHUNK, left)))
                    if not chunk:
                        raise Conflict(f"{member.path} is shorter than its manifest says.")
                    left -= len(chunk)
                    yield chunk
            yield bytes(member.padding)
        yield bytes(2 * BLOCK)


def _header(name: str, size: int, saved_at: datetime) -> bytes:
    info = tarfile.TarInfo(name)
    info.size, info.mode, info.mtime = size, 0o644, int(saved_at.timestamp())
    return info.tobuf(tarfile.PAX_FORMAT)
