"""`prism retention`, and what deletions say before they are done."""

from __future__ import annotations

from typing import Annotated

import typer

from prism_client.client import Client
from prism_client.command.exits import ExitStatus
from prism_client.command.keys import ProjectId, project_of
from prism_client.command.output import AsJson, console, print_json, print_problem, print_table
from prism_client.resources import Removal, Retention

app = typer.Typer(help="How long what ended runs left behind is kept.", no_args_is_help=True)

Days = Annotated[int | None, typer.Option(min=1, help="Days; for ever if left out")]
Kept = Annotated[
    int | None, typer.Option(min=0, help="Newest resumable checkpoints of a run; all if left out")
]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Say what would go, and delete nothing")]
Yes = Annotated[bool, typer.Option("--yes", help="Do not ask")]


@app.command()
def show(project: ProjectId = None, as_json: AsJson = False) -> None:
    """Show the policy of a project."""
    with Client.from_environment() as client:
        policy = client.retention(project_of(client, project))
    _print_policy(policy, as_json)


@app.command("set")
def set_policy(
    metrics_days: Days = None,
    samples_days: Days = None,
    checkpoints_days: Days = None,
    checkpoints_kept: Kept = None,
    dry_run: DryRun = False,
    project: ProjectId = None,
    as_json: AsJson = False,
) -> None:
    """Set the policy of a project as a whole; the server applies it every hour."""
    policy = Retention(
        metrics_days=metrics_days,
        samples_days=samples_days,
        checkpoints_days=checkpoints_days,
        checkpoints_kept=checkpoints_kept,
    )
    with Client.from_environment() as client:
        where = project_of(client, project)
        if dry_run:
            print_removal(client.preview_retention(where, policy), as_json)
            return
        _print_policy(client.set_retention(where, policy), as_json)


def delete(client: Client, identifier: str, *, dry_run: bool, yes: bool, as_json: bool) -> None:
    """Delete a run or a pipeline, once what would go was seen and agreed to."""
    removal = client.preview_deletion(identifier)
    if dry_run or not as_json:
        print_removal(removal, as_json)
    for reason in removal.refused:
        print_problem(identifier, reason)
    if removal.refused:
        raise typer.Exit(ExitStatus.FAILED)
    if dry_run:
        return
    if not yes:
        typer.confirm("Delete it?", abort=True)
    client.delete(identifier)
    if as_json:
        print_json(removal)


def print_removal(removal: Removal, as_json: bool) -> None:
    """Print what would go."""
    if as_json:
        print_json(removal)
        return
    print_table(
        ["what", "how many", "MiB"],
        [
            ("checkpoints", removal.checkpoints, _mebibytes(removal.checkpoint_bytes)),
            ("images", removal.images, _mebibytes(removal.image_bytes)),
            ("samples", removal.samples, _mebibytes(removal.sample_bytes)),
            ("runs' curves", removal.metric_runs, _mebibytes(removal.metric_bytes)),
            ("all of", f"{removal.runs} runs", _mebibytes(removal.total_bytes)),
        ],
    )
    for needed in removal.kept:
        names = ", ".join(needed.needed_by)
        console.print(f"{needed.checkpoint_id} stays: needed by {names}", markup=False)


def _print_policy(policy: Retention, as_json: bool) -> None:
    if as_json:
        print_json(policy)
        return
    for name, value in policy.model_dump().items():
        console.print(f"{name}: {'for ever' if value is None else value}", markup=False)


def _mebibytes(size: int) -> str:
    return f"{size / 2**20:.1f}"
