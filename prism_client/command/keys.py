"""`prism key`: the secrets that endpoints of a project's runs want."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from prism_client.client import Client
from prism_client.command.exits import ExitStatus
from prism_client.command.output import AsJson, age, print_json, print_problem, print_table

app = typer.Typer(help="Secrets of the endpoints that recipes name.", no_args_is_help=True)

Name = Annotated[str, typer.Argument(help="As `key` in recipes names it")]
ProjectId = Annotated[
    str | None, typer.Option("--project", help="Id; else the one that launches go to")
]


@app.command("set")
def set_key(name: Name, project: ProjectId = None, as_json: AsJson = False) -> None:
    """Keep a secret; it is asked for, or read from stdin, and stands in no argument."""
    if sys.stdin.isatty():
        value = typer.prompt(f"Secret of {name}", hide_input=True)
    else:
        value = sys.stdin.read()
    with Client.from_environment() as client:
        key = client.set_key(project_of(client, project), name, value.strip())
    if as_json:
        print_json(key)


@app.command("ls")
def list_keys(project: ProjectId = None, as_json: AsJson = False) -> None:
    """List the names of keys; their values are shown to nobody."""
    with Client.from_environment() as client:
        found = list(client.keys(project_of(client, project)))
    if as_json:
        print_json(found)
        return
    rows = ([key.name, key.created_by, f"{age(key.created_at)} ago"] for key in found)
    print_table(["name", "set by", "set"], rows)


@app.command("rm")
def remove_key(name: Name, project: ProjectId = None, as_json: AsJson = False) -> None:
    """Forget a key."""
    with Client.from_environment() as client:
        client.remove_key(project_of(client, project), name)
    if as_json:
        print_json({"removed": name})


def project_of(client: Client, named: str | None) -> str:
    """Return the project that is named, or else the oldest, which launches go to as well."""
    if named is not None:
        return named
    projects = sorted(project.id for project in client.projects())
    if not projects:
        print_problem("", "you are a member of no project")
        raise typer.Exit(ExitStatus.FAILED)
    return projects[0]
