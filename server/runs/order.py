"""The order of a list of runs, and the cursor that goes on in it."""

from __future__ import annotations

import json
import math
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement
from sqlalchemy.ext.asyncio import AsyncSession

from prism_engine.contract.metrics import METRICS
from server.errors import Invalid
from server.metrics.latest import measured
from server.schemas import FieldProblem


@dataclass(frozen=True)
class Order:
    """By when runs were made, or by the last value of a metric; who has none is left out."""

    metric: str | None
    descending: bool

    def direction(self, column: Any) -> ColumnElement[Any]:
        ordered: ColumnElement[Any] = column.desc() if self.descending else column.asc()
        return ordered

    def beyond(self, column: Any, place: Any) -> ColumnElement[bool]:
        """Return the condition that a row comes after a place."""
        after: ColumnElement[bool] = column < place if self.descending else column > place
        return after


async def read_order(session: AsyncSession, sort: str) -> Order:
    """Read `created`, `-created`, `metrics.NAME` or `-metrics.NAME`. Raises `Invalid`."""
    field = sort.removeprefix("-")
    metric = field.removeprefix("metrics.")
    if field == "created":
        return Order(None, descending=sort.startswith("-"))
    if metric != field and (metric in METRICS or await measured(session, metric)):
        return Order(metric, descending=sort.startswith("-"))
    message = f"{sort} is no order; use -created, created, -metrics.NAME or metrics.NAME"
    raise Invalid(f"sort: {message}", [FieldProblem(field="sort", message=message)])


def cursor(run_id: str, value: float | None) -> str:
    """Return the cursor behind a run that stands where it does by a value."""
    if value is None:
        return run_id
    return urlsafe_b64encode(json.dumps([value, run_id]).encode()).decode().rstrip("=")


def read_cursor(text: str) -> tuple[float, str]:
    """Return value and run of the cursor of a metric's order. Raises `Invalid`."""
    try:
        value, run_id = json.loads(urlsafe_b64decode(text + "=" * (-len(text) % 4)))
        if not isinstance(run_id, str) or not math.isfinite(value):
            raise ValueError("no place in the order")
    except (ValueError, TypeError) as error:
        problem = FieldProblem(field="after", message="not a cursor of this list; begin anew")
        raise Invalid("The cursor cannot be read.", [problem]) from error
    return float(value), run_id
