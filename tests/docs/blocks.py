"""The blocks of code in a page of the documentation."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

DOCS = Path(__file__).parents[2] / "docs"

FENCE = re.compile(r"^```(\w+)(?: (\S+))?\n(.*?)^```$", re.MULTILINE | re.DOTALL)

ELSEWHERE = frozenset({"gpu", "host", "serve", "world"})
"""Marks of commands that need a GPU, another machine, a terminal of their own, or much time."""


@dataclass(frozen=True)
class Block:
    """One block. `mark` is a file's name, or what its commands need."""

    language: str
    mark: str
    text: str
    line: int


def blocks(page: Path) -> list[Block]:
    text = page.read_text()
    return [
        Block(found[1], found[2] or "", found[3], text[: found.start()].count("\n") + 1)
        for found in FENCE.finditer(text)
    ]


def commands(script: str, programs: tuple[str, ...]) -> Iterator[list[str]]:
    """Give every call of one of these programs that a script makes, options and all."""
    joined = script.replace("\\\n", " ")
    for line in joined.splitlines():
        for part in re.split(r"\||&&|;|\$\(|\)", line):
            try:
                words = shlex.split(part, comments=True)
            except ValueError:
                continue  # Half of a quotation that the split has cut.
            while words and re.fullmatch(r"\w+=.*|exec", words[0]):
                words = words[1:]
            if words and words[0] in programs:
                yield words
