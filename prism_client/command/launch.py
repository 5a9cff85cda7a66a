"""`prism launch` and `prism validate`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from prism_client.client import Client
from prism_client.command.exits import OF_STATE, ExitStatus
from prism_client.command.output import AsJson, console, print_json, print_problem
from prism_client.command.recipe import load_recipe
from prism_client.resources import Pipeline
from prism_engine.contract.config import read_pipeline

Recipe = Annotated[Path, typer.Argument(help="A recipe, as YAML")]
Changes = Annotated[
    list[str] | None,
    typer.Option("--set", help="Replace one setting, such as runs.sft.steps=10", metavar="F=V"),
]


def launch(
    recipe: Recipe,
    changes: Changes = None,
    wait: Annotated[bool, typer.Option(help="Wait for the end; its state is the status")] = False,
    as_json: AsJson = False,
) -> None:
    """Queue a pipeline."""
    content = load_recipe(recipe, changes or [])
    read_pipeline(content)
    with Client.from_environment() as client:
        pipeline = client.launch(content)
        if not as_json:
            console.print(f"launched {pipeline.name} #{pipeline.number}  {pipeline.id}")
        if wait:
            pipeline = _follow(client, pipeline, quiet=as_json)
    if as_json:
        print_json(pipeline)
    if wait:
        raise typer.Exit(OF_STATE[pipeline.state])


def validate(recipe: Recipe, changes: Changes = None, as_json: AsJson = False) -> None:
    """Say what is wrong with a recipe, without launching it."""
    content = load_recipe(recipe, changes or [])
    read_pipeline(content)
    with Client.from_environment() as client:
        validation = client.validate(content)
    if as_json:
        print_json(validation)
    elif validation.valid:
        console.print(f"valid: {len(validation.runs)} runs")
    for problem in [] if as_json else validation.problems:
        print_problem(problem.field, problem.message)
    if not validation.valid:
        raise typer.Exit(ExitStatus.BAD_INPUT)


def _follow(client: Client, launched: Pipeline, *, quiet: bool) -> Pipeline:
    """Print every change of a run's state until the pipeline ends."""
    shown: dict[str, str] = {}
    pipeline = launched
    for pipeline in client.wait(launched.id):
        for run in pipeline.runs:
            if not quiet and shown.get(run.id) != run.state:
                shown[run.id] = run.state
                reason = run.exit.message if run.exit else run.reason
                console.print(f"{run.name}: {run.state}  {reason or ''}", markup=False)
    return pipeline
