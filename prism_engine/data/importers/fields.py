"""What importers take out of a row by name, refusing what has another shape."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, get_args

from prism_engine.data.importers.draft import Role, Said
from prism_engine.data.importers.refusal import RefusedRow

Content = Mapping[str, Any]

SPEAKERS: tuple[Role, ...] = get_args(Role)
ROLES: dict[str, Role] = {
    "system": "system",
    "user": "user",
    "human": "user",
    "assistant": "assistant",
    "gpt": "assistant",
}
"""Who is meant by the names that formats use."""

LONGEST_ID = 200
KEPT_COLUMN = "prism"
"""The column in which our exports keep what their format has no place for."""


@dataclass(frozen=True)
class Layout:
    """Names that a data set has chosen itself; what it does not name has the format's own."""

    columns: Mapping[str, str] = field(default_factory=dict)
    tags: Mapping[str, str] = field(default_factory=dict)

    def value(self, row: Content, name: str, *others: str) -> Any:
        """The first of the columns that the row has, by the name that the data set gives it."""
        if name in self.columns:
            return row.get(self.columns[name])
        return next((row[key] for key in (name, *others) if row.get(key) is not None), None)


def as_text(value: Any, name: str) -> str:
    """A text. Raises `RefusedRow` for anything else."""
    if not isinstance(value, str):
        raise RefusedRow("wrong_shape", f"{name} is {_kind(value)} and should be a text")
    return value


def as_list(value: Any, name: str) -> list[Any]:
    """A list. Raises `RefusedRow` for anything else."""
    if not isinstance(value, list):
        raise RefusedRow("wrong_shape", f"{name} is {_kind(value)} and should be a list")
    return value


def as_object(value: Any, name: str) -> dict[str, Any]:
    """An object with named fields. Raises `RefusedRow` for anything else."""
    if not isinstance(value, dict):
        raise RefusedRow("wrong_shape", f"{name} is {_kind(value)} and should be an object")
    return value


def read_said(turn: Any, layout: Layout) -> Said:
    """One turn in the words of ShareGPT (`from`, `value`) or OpenAI (`role`, `content`)."""
    turn = as_object(turn, "a turn")
    role = turn.get(layout.tags.get("role_tag", "role" if "role" in turn else "from"))
    words = turn.get(layout.tags.get("content_tag", "content" if "content" in turn else "value"))
    return Said.text(role_of(role, layout), as_text(words, "what a turn says"))


def role_of(name: Any, layout: Layout) -> Role:
    """Who speaks. Raises `RefusedRow` for tools and other strangers."""
    own = {layout.tags[f"{role}_tag"]: role for role in SPEAKERS if f"{role}_tag" in layout.tags}
    role = (ROLES | own).get(str(name))
    if role is None:
        raise RefusedRow("unsupported", f"nobody knows who {str(name)[:40]!r} is in a conversation")
    return role


def read_id(row: Content) -> str | None:
    """The row's own id, if it has one that can be a name."""
    found = row.get("id")
    return (
        str(found) if isinstance(found, str | int) and 0 < len(str(found)) <= LONGEST_ID else None
    )


def joined_sections(caption: Any, reasoning: Any) -> str:
    """A response from its caption and what follows it, with the caption's tags if they are left
    out."""
    caption, reasoning = as_text(caption, "a caption"), as_text(reasoning, "a chain of thought")
    if "<caption>" not in caption:
        caption = f"<caption>\n{caption.strip()}\n</caption>"
    return f"{caption.strip()}\n{reasoning.strip()}"


def refuse_others(row: Content, *names: str) -> None:
    """Raises `RefusedRow` for a row with what no policy here can see, such as a video."""
    if found := [name for name in names if row.get(name)]:
        raise RefusedRow("unsupported", f"the row has {', '.join(found)}")


def kept(row: Content) -> dict[str, Any]:
    """What our own export kept beside the format: gold, rollouts and metadata."""
    column = row.get(KEPT_COLUMN)
    if column is None:
        return {}
    try:
        found = json.loads(as_text(column, KEPT_COLUMN))
    except ValueError as error:
        raise RefusedRow("wrong_shape", f"{KEPT_COLUMN} is no JSON: {error}") from error
    return {name: found.get(name) for name in ("gold", "rollouts", "metadata") if found.get(name)}


def _kind(value: Any) -> str:
    return "missing" if value is None else f"a {type(value).__name__}"
