"""`prism checkpoints`: what runs saved, to be downloaded, named and used again."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from prism_client.client import Client
from prism_client.command.keys import ProjectId, project_of
from prism_client.command.output import AsJson, age, console, print_json, print_table

app = typer.Typer(help="Checkpoints: what runs saved.", no_args_is_help=True)

CheckpointId = Annotated[str, typer.Argument(help="Id of a checkpoint")]
Name = Annotated[str, typer.Argument(help="Such as best; recipes may say it for the id")]


@app.command("ls")
def list_checkpoints(
    run_id: Annotated[str, typer.Argument(help="Id of a run")], as_json: AsJson = False
) -> None:
    """List the checkpoints of a run, newest first."""
    with Client.from_environment() as client:
        checkpoints = client.checkpoints(run_id)
    if as_json:
        print_json(checkpoints)
        return
    print_table(
        ["id", "step", "kind", "role", "MiB", "durable", "names"],
        [
            (
                item.id, item.step, item.kind, item.role, f"{item.size / 2**20:.1f}",
                "yes" if item.durable_at else "no", ", ".join(item.names),
            )
            for item in checkpoints
        ],
    )  # fmt: skip


@app.command()
def download(
    checkpoint_id: CheckpointId,
    out: Annotated[
        Path | None, typer.Option(help="File to write; CHECKPOINT.tar if left out")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Download the files of a durable checkpoint as a tar archive."""
    target = out or Path(f"{checkpoint_id}.tar")
    unfinished = target.with_name(f".{target.name}.unfinished")
    with Client.from_environment() as client, unfinished.open("wb") as file:
        client.download_checkpoint(checkpoint_id, file)
    unfinished.replace(target)
    if as_json:
        print_json({"file": str(target), "bytes": target.stat().st_size})
    else:
        console.print(f"{target}: {target.stat().st_size} bytes", markup=False)


@app.command()
def delete(checkpoint_id: CheckpointId, as_json: AsJson = False) -> None:
    """Delete the files of a checkpoint that nobody needs; that it was saved stays known."""
    with Client.from_environment() as client:
        checkpoint = client.delete_checkpoint(checkpoint_id)
    if as_json:
        print_json(checkpoint)
    else:
        console.print(f"deleted {checkpoint.id}: {checkpoint.size} bytes", markup=False)


@app.command()
def named(project: ProjectId = None, as_json: AsJson = False) -> None:
    """List the checkpoints of a project that were given a name."""
    with Client.from_environment() as client:
        found = list(client.named_checkpoints(project_of(client, project)))
    if as_json:
        print_json(found)
        return
    print_table(
        ["name", "checkpoint", "of", "step", "promoted by", "saved"],
        [
            (
                item.name, item.checkpoint.id, f"{item.run} of {item.pipeline} #{item.number}",
                item.checkpoint.step, item.created_by, f"{age(item.checkpoint.created_at)} ago",
            )
            for item in found
        ],
    )  # fmt: skip


@app.command()
def promote(
    checkpoint_id: CheckpointId, name: Name, project: ProjectId = None, as_json: AsJson = False
) -> None:
    """Give a checkpoint a name in its project, taking it from whichever had it."""
    with Client.from_environment() as client:
        made = client.promote_checkpoint(project_of(client, project), name, checkpoint_id)
    if as_json:
        print_json(made)
    else:
        console.print(f"{made.name}: {made.checkpoint.id}", markup=False)


@app.command()
def demote(name: Name, project: ProjectId = None) -> None:
    """Take a name away; the checkpoint stays."""
    with Client.from_environment() as client:
        client.demote_checkpoint(project_of(client, project), name)
