"""`prism import`: runs that other trackers recorded, as finished runs of a project."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from prism_client.client import Client
from prism_client.command.exits import ExitStatus
from prism_client.command.output import AsJson, print_json, print_problem, print_table
from prism_client.imports.recorded import Quarantined, RecordedRun, batches

app = typer.Typer(help="Runs of other trackers, as finished runs here.", no_args_is_help=True)

AT_ONCE = 200
"""Events in one request, which may be of 2 MiB."""

Reader = Callable[[Path], Iterator[RecordedRun | Quarantined]]
Folder = Annotated[
    Path, typer.Argument(help="Folder to look through", exists=True, file_okay=False)
]
Project = Annotated[str | None, typer.Option(help="Id of the project; else the default one")]
Pipeline = Annotated[
    str | None, typer.Option("--name", help="Name of the pipelines; else of experiment or folder")
]
Tags = Annotated[list[str] | None, typer.Option("--tag", help="Tag that every run gets")]
DryRun = Annotated[bool, typer.Option(help="Say what there is, and import nothing")]


@app.command()
def tensorboard(
    folder: Folder,
    project: Project = None,
    name: Pipeline = None,
    tags: Tags = None,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Import event files: every folder that holds some is a run."""
    try:
        from prism_client.imports.event_files import read_event_files
    except ModuleNotFoundError as error:
        raise typer.BadParameter(
            f"{error.name} is missing: pip install 'prism-control[tensorboard]'"
        ) from error
    _import(folder, read_event_files, project, name, tags or [], dry_run, as_json)


@app.command()
def mlflow(
    folder: Folder,
    project: Project = None,
    name: Pipeline = None,
    tags: Tags = None,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Import a folder `mlruns`, or runs that were exported as JSON."""
    from prism_client.imports.mlflow import read_mlflow

    _import(folder, read_mlflow, project, name, tags or [], dry_run, as_json)


def _import(
    folder: Path,
    read: Reader,
    project: str | None,
    name: str | None,
    tags: Sequence[str],
    dry_run: bool,
    as_json: bool,
) -> None:
    rows: list[dict[str, object]] = []
    quarantined: list[Quarantined] = []
    with Client.from_environment() as client:
        for found in read(folder):
            if isinstance(found, Quarantined):
                quarantined.append(found)
                continue
            run = replace(found, pipeline=name or found.pipeline, tags=[*found.tags, *tags])
            run_id = None if dry_run else _send(client, run, project)
            rows.append(_row(run, run_id))
    if as_json:
        aside = [{"path": str(item.path), "reason": item.reason} for item in quarantined]
        print_json({"runs": rows, "quarantined": aside})
    else:
        columns = ["id", "pipeline", "run", "state", "metrics", "points", "last_step"]
        print_table(columns, ([row[column] for column in columns] for row in rows))
        for item in quarantined:
            print_problem(str(item.path), item.reason)
    if not rows:
        print_problem(str(folder), "there is no run to import")
        raise typer.Exit(ExitStatus.BAD_INPUT)


def _send(client: Client, run: RecordedRun, project: str | None) -> str:
    """Make the run and tell its events; what an import that broke off has told is not told anew."""
    body = {
        "tracker": run.tracker,
        "location": run.location,
        "pipeline": run.pipeline,
        "run": run.run,
        "parameters": dict(run.parameters),
        "tags": list(dict.fromkeys(run.tags)),
        "note": run.note,
        "state": run.state,
        "step": run.last_step,
        "started_at": run.started_at and run.started_at.isoformat(),
        "finished_at": run.finished_at and run.finished_at.isoformat(),
    }
    if project:
        body["project_id"] = project
    made = client.import_run(body, f"import-{project}-{run.identity}")
    known = made.next_seq
    rest = (event for event in run.events() if event["seq"] >= known)
    for batch in batches(rest, AT_ONCE):
        client.import_events(made.run_id, batch)
    return made.run_id


def _row(run: RecordedRun, run_id: str | None) -> dict[str, object]:
    return {
        "id": run_id,
        "pipeline": run.pipeline,
        "run": run.run,
        "state": run.state,
        "metrics": len(run.metrics),
        "points": len(run.points),
        "last_step": run.last_step,
        "remarks": list(run.remarks),
    }
