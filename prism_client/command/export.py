"""`prism export`: metrics, results and runs for other programs."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Annotated, Any

import typer

from prism_client.client import Client
from prism_client.command.exits import ExitStatus
from prism_client.command.output import console, print_json, print_problem
from prism_client.exports.mlflow import MlflowFolder
from prism_client.exports.tables import flat, write_table
from prism_client.resources import Run

app = typer.Typer(help="Metrics, results and runs for other programs.", no_args_is_help=True)

WINDOW = 10_000
"""Steps asked for at once: the most for which the server gives every single one."""

Out = Annotated[
    Path | None,
    typer.Option(help="File to write, .csv, .json or .parquet; standard output if left out"),
]
AsJson = Annotated[bool, typer.Option("--json", help="Write JSON instead of CSV")]
Search = Annotated[
    str | None, typer.Option("--filter", help="Such as: kind = rlvr and metrics.loss < 0.4")
]
Limit = Annotated[int, typer.Option(help="At most so many, the newest first")]


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


@app.command()
def runs(
    search: Search = None, limit: Limit = 1000, out: Out = None, as_json: AsJson = False
) -> None:
    """Write one row per run: its settings as `config.…`, its last numbers as `metrics.…`."""
    with Client.from_environment() as client:
        found = [_as_row(run) for run in islice(client.runs(filter=search), limit)]
    columns = list(dict.fromkeys(name for row in found for name in row))
    _write(columns, [[row.get(name) for name in columns] for row in found], out, as_json)


@app.command()
def mlflow(
    out: Annotated[Path, typer.Option(help="Folder of MLflow's file store, such as mlruns")],
    pipelines: Annotated[
        list[str] | None, typer.Option("--pipeline", help="Id of a pipeline; several are several")
    ] = None,
    search: Search = None,
    limit: Limit = 1000,
    as_json: AsJson = False,
) -> None:
    """Write runs with every step for MLflow: an experiment per pipeline."""
    if not pipelines and search is None:
        raise typer.BadParameter("say which runs: --pipeline ID or --filter EXPRESSION")
    folder = MlflowFolder(out)
    written: list[dict[str, str]] = []
    with Client.from_environment() as client:
        for pipeline_id, of_pipeline in _chosen(client, pipelines or [], search, limit).items():
            experiment = folder.write_pipeline(client.pipeline(pipeline_id))
            for run in of_pipeline:
                place = folder.write_run(client, run, experiment)
                written.append({"id": run.id, "folder": str(place)})
    if as_json:
        print_json(written)
    else:
        console.print(f"{len(written)} runs written to {out}", markup=False)


def _chosen(
    client: Client, pipelines: Sequence[str], search: str | None, limit: int
) -> dict[str, list[Run]]:
    chosen = {pipeline_id: client.pipeline(pipeline_id).runs for pipeline_id in pipelines}
    if search is None:
        return chosen
    found = defaultdict[str, list[Run]](list, chosen)
    for run in islice(client.runs(filter=search), limit):
        if run.pipeline_id not in chosen:
            found[run.pipeline_id].append(run)
    return found


def _as_row(run: Run) -> dict[str, Any]:
    facts = {
        "id": run.id, "pipeline_id": run.pipeline_id, "name": run.name, "kind": run.kind,
        "state": run.state, "step": run.step, "steps": run.steps,
        "created_at": run.created_at, "started_at": run.started_at,
        "finished_at": run.finished_at, "tags": " ".join(run.tags),
    }  # fmt: skip
    settings = {f"config.{name}": value for name, value in flat(run.config).items()}
    return facts | settings | {f"metrics.{name}": v for name, v in sorted(run.latest.items())}


def _points(
    client: Client, run_id: str, names: list[str] | None
) -> Iterator[tuple[str, int, float, int]]:
    last = client.run(run_id).step or 0
    for first in range(0, last + 1, WINDOW):
        window = client.metrics(run_id, names, WINDOW, first, first + WINDOW - 1)
        for series in window.series:
            for step, value, _, _, attempt in series.points:
                yield series.name, step, value, attempt


def _write(
    columns: Sequence[str], rows: Sequence[Sequence[Any]], out: Path | None, as_json: bool
) -> None:
    try:
        write_table(columns, rows, out, as_json)
    except ValueError as error:
        print_problem("--out", str(error))
        raise typer.Exit(ExitStatus.BAD_INPUT) from error
