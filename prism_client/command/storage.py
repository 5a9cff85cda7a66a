"""`prism storage`: what projects have in the artifact store, and how much they may have."""

from __future__ import annotations

from typing import Annotated

import typer

from prism_client.client import Client
from prism_client.command.output import AsJson, console, print_json, print_table

app = typer.Typer(help="Room: the server's disk, and each project's artifacts.")

GIB = 2**30


@app.callback(invoke_without_command=True)
def storage(context: typer.Context, as_json: AsJson = False) -> None:
    """Show how much room there is and who has it."""
    if context.invoked_subcommand is not None:
        return
    with Client.from_environment() as client:
        disk, projects = client.disk(), list(client.storage())
    if as_json:
        print_json({"disk": disk.model_dump(), "projects": [p.model_dump() for p in projects]})
        return
    free, total = disk.free_bytes / GIB, disk.total_bytes / GIB
    console.print(f"disk: {free:.1f} of {total:.1f} GiB left ({disk.state})")
    print_table(
        ["project", "artifacts", "quota", "id"],
        [
            (
                project.project,
                f"{project.artifact_bytes / GIB:.2f} GiB",
                _gib(project.max_artifact_bytes),
                project.project_id,
            )
            for project in projects
        ],
    )


@app.command("quota")
def set_quota(
    project: Annotated[str, typer.Argument(help="Id of the project")],
    gib: Annotated[float | None, typer.Argument(min=0, help="GiB; without it no limit")] = None,
    as_json: AsJson = False,
) -> None:
    """Say how much a project may have in the artifact store."""
    with Client.from_environment() as client:
        made = client.set_storage_quota(project, None if gib is None else round(gib * GIB))
    if as_json:
        print_json(made)


def _gib(size: int | None) -> str | None:
    return None if size is None else f"{size / GIB:.2f} GiB"
