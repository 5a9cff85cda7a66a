"""Uploaded images in the artifact store, each under its hash."""

from __future__ import annotations

import asyncio
from typing import cast

import fsspec


class ArtifactStore:
    """Files below `images/` of an fsspec URL; the name is the sha256 of the content."""

    def __init__(self, url: str) -> None:
        self._files, root = fsspec.url_to_fs(url)
        self._root = f"{root.rstrip('/')}/images"

    def _path(self, digest: str) -> str:
        # Two levels keep a folder's listing short; the digest is hexadecimal, so nothing climbs.
        return f"{self._root}/{digest[:2]}/{digest}"

    async def read(self, digest: str) -> bytes:
        """Return the content. Raises `FileNotFoundError`."""
        content = await asyncio.to_thread(self._files.cat_file, self._path(digest))
        return cast("bytes", content)

    async def write(self, digest: str, content: bytes) -> None:
        """Store content under its hash; once it is there it is complete."""
        await asyncio.to_thread(self._write, self._path(digest), content)

    def _write(self, path: str, content: bytes) -> None:
        self._files.makedirs(path.rpartition("/")[0], exist_ok=True)
        with self._files.transaction, self._files.open(path, "wb") as file:
            file.write(content)
