"""What `prism runs` and `prism pipelines` share about launching again what ran before."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Annotated, Any

import typer

from prism_client.client import Client
from prism_client.command.launch import see_through
from prism_client.command.output import console, print_json, print_table
from prism_client.command.recipe import read_change
from prism_client.resources import Pipeline
from prism_engine.contract.changes import Change

Changes = Annotated[
    list[str] | None,
    typer.Option("--set", help="Replace one setting, such as runs.sft.steps=10", metavar="F=V"),
]
Wait = Annotated[bool, typer.Option("--wait", help="Wait for the end; its state is the status")]


def read(changes: list[str] | None) -> Mapping[str, Any]:
    """Return the values by the paths of settings. Raises `InvalidRecipe`."""
    return dict(map(read_change, changes or []))


def show(client: Client, pipeline: Pipeline, *, wait: bool, as_json: bool) -> None:
    """Say what was launched and how it differs from before, and wait for its end if wanted."""
    if not as_json:
        console.print(f"launched {pipeline.name} #{pipeline.number}  {pipeline.id}", markup=False)
        if pipeline.forked_from and pipeline.forked_from.changes:
            print_changes(pipeline.forked_from.changes)
    if wait:
        raise typer.Exit(see_through(client, pipeline, [], None, as_json))
    if as_json:
        print_json(pipeline)


def print_changes(changes: Iterable[Change], sides: tuple[str, str] = ("before", "after")) -> None:
    """Print one row per setting that differs."""
    print_table(["setting", *sides], [(row.field, row.before, row.after) for row in changes])
