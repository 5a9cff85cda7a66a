"""Reading files that another process still writes."""

from __future__ import annotations

import json
from pathlib import Path

from prism_client.home import write_whole

LARGEST_READ = 1 << 20
"""Bytes taken at once, so that catching up after a long outage needs little memory."""


class Tail:
    """Gives the complete lines of a file, each once, from `offset` (bytes) on."""

    def __init__(self, path: Path, offset: int = 0) -> None:
        self.path = path
        self.offset = offset

    def read(self) -> list[bytes]:
        """Take the next complete lines, without their ends; a half-written one is left alone."""
        if not self.path.exists():
            return []
        with self.path.open("rb") as file:
            file.seek(self.offset)
            content = file.read(LARGEST_READ)
            # A line longer than one read is still one line.
            while b"\n" not in content and (more := file.read(LARGEST_READ)):
                content += more
        complete = content[: content.rfind(b"\n") + 1]
        self.offset += len(complete)
        return complete.splitlines()

    def read_rest(self) -> bytes:
        """Take what is left once the writer is gone, its end of line missing or not."""
        if not self.path.exists():
            return b""
        with self.path.open("rb") as file:
            file.seek(self.offset)
            content = file.read()
        self.offset += len(content)
        return content


class Offsets:
    """How far each file of an attempt has been dealt with, kept on disk across a crash."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._offsets: dict[str, int] = json.loads(path.read_text()) if path.exists() else {}

    def tail(self, path: Path) -> Tail:
        return Tail(path, self._offsets.get(path.name, 0))

    def keep(self, tail: Tail) -> None:
        """Remember that everything `tail` gave has been dealt with."""
        self._offsets[tail.path.name] = tail.offset
        write_whole(self._path, json.dumps(self._offsets))
