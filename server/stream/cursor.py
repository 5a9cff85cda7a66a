"""The opaque cursor: how far a client has seen each run's history."""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterable, Mapping
from functools import lru_cache

from server.errors import Invalid
from server.schemas import MOST, FieldProblem


def encode(positions: Mapping[str, int]) -> str:
    """Return the cursor that says, for each run, the last position that was seen."""
    return _encode(tuple(sorted(positions.items())))


@lru_cache(maxsize=1024)
def _encode(positions: tuple[tuple[str, int], ...]) -> str:
    # Whoever watches the same runs stands at the same place: one of a thousand tabs works it out.
    content = json.dumps(dict(positions), separators=(",", ":"))
    return urlsafe_b64encode(content.encode()).decode().rstrip("=")


def decode(cursors: Iterable[str]) -> dict[str, int]:
    """Return the positions of all cursors; where two know a run, the one that has seen less wins.

    Raises:
        Invalid: this is no cursor of ours.
    """
    positions: dict[str, int] = {}
    for cursor in cursors:
        for run_id, position in _content(cursor).items():
            positions[run_id] = min(position, positions.get(run_id, position))
    return positions


def _content(cursor: str) -> dict[str, int]:
    try:
        content = json.loads(urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        if not isinstance(content, dict) or not all(map(_is_position, content.values())):
            raise ValueError("not a map of positions")
    except (ValueError, RecursionError) as error:
        problem = FieldProblem(field="since", message="not a cursor; load the page anew")
        raise Invalid("The cursor cannot be read.", [problem]) from error
    return content


def _is_position(value: object) -> bool:
    return isinstance(value, int) and 0 <= value <= MOST
