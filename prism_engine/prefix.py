"""What ranks print goes to one place, and every line says whose it is."""

from __future__ import annotations

import sys
from typing import TextIO


class Prefixed:
    """A stream that puts a prefix before every line."""

    def __init__(self, stream: TextIO, prefix: str) -> None:
        self._stream = stream
        self._prefix = prefix
        self._begins = True

    def write(self, text: str) -> int:
        for line in text.splitlines(keepends=True):
            self._stream.write(self._prefix + line if self._begins else line)
            self._begins = line.endswith("\n")
        return len(text)

    def __getattr__(self, name: str) -> object:
        return getattr(self._stream, name)


def prefix_output(rank: int) -> None:
    """Let all that this process prints from here on say that it is of this rank."""
    sys.stdout = Prefixed(sys.stdout, f"rank {rank}: ")
    sys.stderr = Prefixed(sys.stderr, f"rank {rank}: ")
