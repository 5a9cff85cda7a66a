"""Images as a model reads them: read before they are asked for, and each content once."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

from prism_engine.data.records import ImageFile
from prism_engine.policy.images import Patcher, Patches

THREADS = 2
"""Decoding, scaling and cutting let go of the interpreter, so that whoever trains goes on beside
them, and nothing is copied from one process to another."""

KEPT_BYTES = 2**30
"""Images stay in memory up to so many bytes; further ones are read every time."""


class ImageReader:
    """Reads image files, and keeps what it has read by content, whatever the files are called."""

    def __init__(self, patcher: Patcher) -> None:
        self._patcher = patcher
        self._threads = ThreadPoolExecutor(THREADS, "images")
        self._coming: dict[Path, Future[tuple[str, Patches]]] = {}
        self._contents: dict[Path, str] = {}
        self._kept: dict[str, Patches] = {}
        self._bytes_left = KEPT_BYTES

    def ahead(self, files: Sequence[ImageFile]) -> None:
        """Begin to read what will be asked for next, in place of what was announced before."""
        before, self._coming = self._coming, {}
        for file in files:
            if file.path not in self._contents and file.path not in self._coming:
                begun = before.pop(file.path, None)
                self._coming[file.path] = begun or self._threads.submit(self._read, file)
        for future in before.values():
            future.cancel()

    def read(self, file: ImageFile) -> Patches:
        """One image. Raises `InvalidData` naming it if it is missing or broken."""
        if file.path in self._contents:
            return self._kept[self._contents[file.path]]
        coming = self._coming.pop(file.path, None)
        content, patches = coming.result() if coming else self._read(file)
        if content not in self._kept:
            self._bytes_left -= patches.pixels.nbytes
            if self._bytes_left < 0:
                return patches
            self._kept[content] = patches
        self._contents[file.path] = content
        return self._kept[content]

    def _read(self, file: ImageFile) -> tuple[str, Patches]:
        """The hash of a file's content, and the image in it."""
        encoded = file.content()
        content = hashlib.sha256(encoded).hexdigest()
        kept = self._kept.get(content)
        return content, self._patcher.cut(file.decode(encoded)) if kept is None else kept
