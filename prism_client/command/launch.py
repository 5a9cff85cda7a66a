"""`prism launch` and `prism validate`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from prism_client.client import Client
from prism_client.command.exits import OF_STATE, ExitStatus
from prism_client.command.output import AsJson, console, print_json, print_problem
from prism_client.command.recipe import load_recipe
from prism_client.command.summary import job_summary
from prism_client.command.thresholds import Check, Requirement, figures_of, read_requirement
from prism_client.resources import Pipeline
from prism_engine.contract.config import read_pipeline

Recipe = Annotated[Path, typer.Argument(help="A recipe, as YAML")]
Changes = Annotated[
    list[str] | None,
    typer.Option("--set", help="Replace one setting, such as runs.sft.steps=10", metavar="F=V"),
]
Requirements = Annotated[
    list[Requirement] | None,
    typer.Option(
        "--require",
        parser=read_requirement,
        help="Status 4 unless it holds at the end, such as sft:accuracy_greedy>=0.6: every score "
        "and last metric of that name, of the run, arm or benchmark before the colon",
        metavar="[OF:]NAME>=NUMBER",
    ),
]


def launch(
    recipe: Recipe,
    changes: Changes = None,
    wait: Annotated[bool, typer.Option(help="Wait for the end; its state is the status")] = False,
    requirements: Requirements = None,
    summary: Annotated[
        Path | None, typer.Option(help="File to which a summary in Markdown is added at the end")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Queue a pipeline.

    The exit status is 0 for done, 1 failed, 2 bad input, 3 cancelled, 4 a requirement that is not
    met, 5 no server.
    """
    if not wait and (requirements or summary):
        raise typer.BadParameter("--require and --summary speak of the end: add --wait")
    content = load_recipe(recipe, changes or [])
    read_pipeline(content)
    with Client.from_environment() as client:
        pipeline = client.launch(content)
        if not as_json:
            console.print(f"launched {pipeline.name} #{pipeline.number}  {pipeline.id}")
        if wait:
            raise typer.Exit(_see_through(client, pipeline, requirements or [], summary, as_json))
    if as_json:
        print_json(pipeline)


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


def _see_through(
    client: Client,
    launched: Pipeline,
    requirements: Sequence[Requirement],
    summary: Path | None,
    as_json: bool,
) -> ExitStatus:
    """Wait for the end, say what became of it, and return what that is for a CI job."""
    pipeline = _follow(client, launched, quiet=as_json)
    results = client.results(pipeline.id)
    figures = list(figures_of(pipeline, results))
    checks = [requirement.check(figures) for requirement in requirements]
    if summary is not None:
        with summary.open("a", encoding="utf-8") as file:
            file.write(job_summary(pipeline, results, checks, client.url))
    if as_json:
        judged = {"requirements": [check.as_json() for check in checks]}
        print_json(pipeline.model_dump(mode="json") | judged)
    for check in checks:
        if not check.met:
            print_problem(check.requirement.text, f"not met: {check.found}")
    return _status(pipeline, checks)


def _status(pipeline: Pipeline, checks: Sequence[Check]) -> ExitStatus:
    """A pipeline that did not succeed says so; its figures are of no further interest."""
    status = OF_STATE[pipeline.state]
    unmet = status is ExitStatus.DONE and not all(check.met for check in checks)
    return ExitStatus.THRESHOLD if unmet else status


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
