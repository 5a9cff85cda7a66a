"""What the commands print: tables for people, JSON for programs, problems to stderr."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Annotated, Any

import typer
from pydantic import BaseModel
from rich.console import Console
from rich.table import Table

from prism_client.resources import ExpectedStart

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON instead of a table")]

console = Console()
errors = Console(stderr=True)


def print_json(value: object) -> None:
    """Print one JSON document."""
    typer.echo(json.dumps(_plain(value), ensure_ascii=False))


def print_table(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Print a table; None is an empty cell."""
    table = Table(*columns, box=None, header_style="bold")
    for row in rows:
        table.add_row(*["" if cell is None else str(cell) for cell in row])
    console.print(table)


def print_problem(field: str, message: str) -> None:
    """Print one line about one field."""
    errors.print(f"{field}: {message}" if field else message, markup=False, soft_wrap=True)


def age(moment: datetime) -> str:
    """How long ago, in the largest unit that fits."""
    seconds = int((datetime.now(UTC) - moment).total_seconds())
    for unit, length in (("d", 86_400), ("h", 3_600), ("m", 60)):
        if seconds >= length:
            return f"{seconds // length} {unit}"
    return f"{max(seconds, 0)} s"


def waits(reason: str, starts: ExpectedStart | None) -> str:
    """What a run waits for, and how long that probably takes."""
    if starts is None:
        return reason
    low, high = (
        max(0.0, (at - datetime.now(UTC)).total_seconds())
        for at in (starts.earliest, starts.latest)
    )
    if high < 60:
        return f"{reason}, less than a minute"
    first, last = _length(low), _length(high)
    if first == last:
        return f"{reason}, about {last}"
    return f"{reason}, {first} to {last}" if low >= 60 else f"{reason}, at most {last}"


def _length(seconds: float) -> str:
    """A time in whole minutes, or from two hours on in tenths of one."""
    return f"{seconds / 3600:.1f} h" if seconds >= 7200 else f"{round(seconds / 60)} min"


def _plain(value: object) -> Any:
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json")
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value
