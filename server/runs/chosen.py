"""A few runs that a request names, wherever they are."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Query

from server.errors import Invalid
from server.schemas import FieldProblem

MOST = 24


def _chosen(
    runs: Annotated[
        str, Query(max_length=2000, description=f"Ids of 1 to {MOST} runs, with commas between")
    ],
) -> list[str]:
    """Read the ids, each once. Raises `Invalid`."""
    found = list(dict.fromkeys(part.strip() for part in runs.split(",") if part.strip()))
    if not 1 <= len(found) <= MOST:
        message = f"name 1 to {MOST} runs, with commas between"
        raise Invalid(f"runs: {message}", [FieldProblem(field="runs", message=message)])
    return found


Chosen = Annotated[list[str], Depends(_chosen)]
