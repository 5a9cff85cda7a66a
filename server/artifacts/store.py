"""Uploaded images in the artifact store, each under its hash."""

from __future__ import annotations

import asyncio
from typing import Any, cast

import fsspec


class ArtifactStore:
    """Files below `images/` of an fsspec URL; the name is the sha256 of the content."""

    def __init__(self, url: str) -> None:
        self._files, root = fsspec.url_to_fs(url)
        self._root = root.rstrip("/")

    def _path(self, digest: str) -> str:
        return f"{self._root}/{place_of(digest)}"

    async def read(self, digest: str) -> bytes:
        """Return the content. Raises `FileNotFoundError`."""
        content = await asyncio.to_thread(self._files.cat_file, self._path(digest))
        return cast("bytes", content)

    async def exists(self, digest: str) -> bool:
        return bool(await asyncio.to_thread(self._files.exists, self._path(digest)))

    async def remove(self, digest: str) -> None:
        """Remove the content; it may be gone already."""
        await asyncio.to_thread(remove, self._files, self._path(digest))

    async def write(self, digest: str, content: bytes) -> None:
        """Store content under its hash; once it is there it is complete."""
        await asyncio.to_thread(self._write, self._path(digest), content)

    def _write(self, path: str, content: bytes) -> None:
        self._files.makedirs(path.rpartition("/")[0], exist_ok=True)
        with self._files.transaction, self._files.open(path, "wb") as file:
            file.write(content)


def place_of(digest: str) -> str:
    """Where an image lies within the store."""
    # Two levels keep a folder's listing short; the digest is hexadecimal, so nothing climbs.
    return f"images/{digest[:2]}/{digest}"


def remove(files: Any, path: str) -> None:
    """Remove a file or a folder of a store, and be content if somebody was quicker."""
    try:
        files.rm(path, recursive=True)
    except FileNotFoundError:
        return
