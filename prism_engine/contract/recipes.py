"""The recipes that come with the engine."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

FOLDER = Path(__file__).parent.parent / "recipes"


class Titled(NamedTuple):
    """What a recipe's leading comment says: its first line, and the lines after it."""

    title: str
    description: str


def recipe_files() -> Sequence[Path]:
    """Every recipe, in the order of names, so that `miniature` stands before `miniature-base`."""
    return sorted(FOLDER.glob("*.yaml"), key=lambda path: path.stem)


def read_title(path: Path) -> Titled:
    """The leading comment of a recipe; its name if it has none."""
    comment: list[str] = []
    for line in path.read_text("utf-8").splitlines():
        if not line.startswith("#"):
            break
        comment.append(line.lstrip("#").strip())
    title = comment[0].rstrip(".:") if comment else path.stem
    return Titled(title, " ".join(comment[1:]).strip())
