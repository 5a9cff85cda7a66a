"""`prism export`: metrics and results as CSV, or as JSON, for other programs."""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any, TextIO

import typer

from prism_client.client import Client

app = typer.Typer(help="Metrics and results for other programs.", no_args_is_help=True)

WINDOW = 10_000
"""Steps asked for at once: the most for which the server gives every single one."""

Out = Annotated[Path | None, typer.Option(help="File to write; standard output if left out")]
AsJson = Annotated[bool, typer.Option("--json", help="Write JSON instead of CSV")]


@app.command()
def metrics(
    run_id: Annotated[str, typer.Argument(help="Id of a run")],
    names: Annotated[list[str] | None, typer.Argument(help="Names; all if left out")] = None,
    out: Out = None,
    as_json: AsJson = False,
) -> None:
    """Write every step of a run's metrics: one row per metric and step."""
    with Client.from_environment() as client:
        rows = list(_points(client, run_id, names))
    _write(["metric", "step", "value", "attempt"], rows, out, as_json)


@app.command()
def results(
    pipeline_id: Annotated[str, typer.Argument(help="Id of a pipeline")],
    out: Out = None,
    as_json: AsJson = False,
) -> None:
    """Write the table of scores: one row per arm, benchmark and score."""
    with Client.from_environment() as client:
        arms = client.results(pipeline_id).arms
    rows = [
        (arm.benchmark, arm.arm, arm.run_id, name, score.value, score.low, score.high, score.n)
        for arm in arms
        for name, score in sorted(arm.scores.items())
    ]
    columns = ["benchmark", "arm", "run_id", "score", "value", "low", "high", "n"]
    _write(columns, rows, out, as_json)


def _points(
    client: Client, run_id: str, names: list[str] | None
) -> Iterator[tuple[str, int, float, int]]:
    last = client.run(run_id).step or 0
    for first in range(1, last + 1, WINDOW):
        window = client.metrics(run_id, names, WINDOW, first, first + WINDOW - 1)
        for series in window.series:
            for step, value, _, _, attempt in series.points:
                yield series.name, step, value, attempt


def _write(
    columns: Sequence[str], rows: Sequence[Sequence[Any]], out: Path | None, as_json: bool
) -> None:
    with _opened(out) as file:
        if as_json:
            json.dump([dict(zip(columns, row, strict=True)) for row in rows], file)
            file.write("\n")
        else:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(columns)
            writer.writerows(rows)


@contextmanager
def _opened(out: Path | None) -> Iterator[TextIO]:
    if out is None:
        yield sys.stdout
        return
    with out.open("w", encoding="utf-8", newline="") as file:
        yield file
