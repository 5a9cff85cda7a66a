"""`prism launch` and `prism validate`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from prism_client.client import Client
from prism_client.command.exits import OF_STATE, ExitStatus
from prism_client.command.grid import Ablations, Seeds, Settings, read_grid
from prism_client.command.output import AsJson, console, print_json, print_problem, waits
from prism_client.command.recipe import load_recipe
from prism_client.command.summary import job_summary
from prism_client.command.thresholds import Check, Requirement, figures_of, read_requirement
from prism_client.resources import Pipeline, Study, StudyPlan, Validation
from prism_engine.contract.config import read_pipeline
from prism_engine.contract.study import Grid, expand

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
    grids: Settings = None,
    ablations: Ablations = None,
    seeds: Seeds = None,
    study: Annotated[str | None, typer.Option(help="Name of the study; else the recipe's")] = None,
    at_once: Annotated[
        int | None, typer.Option(min=1, help="Most runs of the study that are executed at once")
    ] = None,
    wait: Annotated[bool, typer.Option(help="Wait for the end; its state is the status")] = False,
    requirements: Requirements = None,
    summary: Annotated[
        Path | None, typer.Option(help="File to which a summary in Markdown is added at the end")
    ] = None,
    fork_of: Annotated[
        str | None, typer.Option(help="Id of the run or pipeline that the recipe was made from")
    ] = None,
    step: Annotated[
        int | None, typer.Option(help="Go on after this step of the run that it is a fork of")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Queue a pipeline, or a study of several: one for every seed, with all arms in it.

    The exit status is 0 for done, 1 failed, 2 bad input, 3 cancelled, 4 a requirement that is not
    met, 5 no server.
    """
    if not wait and (requirements or summary):
        raise typer.BadParameter("--require and --summary speak of the end: add --wait")
    if step is not None and fork_of is None:
        raise typer.BadParameter("--step is said of a run: add --fork-of")
    content = load_recipe(recipe, changes or [])
    grid = read_grid(grids or [], ablations or [], seeds)
    if grid is None and (study or at_once):
        raise typer.BadParameter("--study and --at-once speak of a grid: add --grid or --seeds")
    if grid is not None and fork_of is not None:
        raise typer.BadParameter("--fork-of is said of one pipeline: leave out --grid and --seeds")
    _check(content, grid)
    with Client.from_environment() as client:
        launched = (
            client.launch_study(content, grid.model_dump(mode="json"), study, at_once)
            if grid
            else client.launch(content, forked_from=_origin(fork_of, step))
        )
        if not as_json:
            console.print(_announced(launched), markup=False, soft_wrap=True)
        if wait:
            raise typer.Exit(see_through(client, launched, requirements or [], summary, as_json))
    if as_json:
        print_json(launched)


def _origin(fork_of: str | None, step: int | None) -> dict[str, Any] | None:
    if fork_of is None:
        return None
    kind = "pipeline_id" if fork_of.startswith("pip_") else "run_id"
    return {kind: fork_of} | ({"step": step} if step is not None else {})


def validate(
    recipe: Recipe,
    changes: Changes = None,
    grids: Settings = None,
    ablations: Ablations = None,
    seeds: Seeds = None,
    as_json: AsJson = False,
) -> None:
    """Say what is wrong with a recipe, or with a grid over it, without launching it."""
    content = load_recipe(recipe, changes or [])
    grid = read_grid(grids or [], ablations or [], seeds)
    _check(content, grid)
    with Client.from_environment() as client:
        validation = (
            client.validate_study(content, grid.model_dump(mode="json"))
            if grid
            else client.validate(content)
        )
    if as_json:
        print_json(validation)
    elif validation.valid:
        console.print(_planned(validation), markup=False, soft_wrap=True)
    for problem in [] if as_json else validation.problems:
        print_problem(problem.field, problem.message)
    if not validation.valid:
        raise typer.Exit(ExitStatus.BAD_INPUT)


def _check(content: dict[str, Any], grid: Grid | None) -> None:
    """Refuse what needs no server to be seen. Raises `InvalidRecipe`."""
    recipe = read_pipeline(content)
    if grid:
        expand(recipe, grid)


def _announced(launched: Pipeline | Study) -> str:
    if isinstance(launched, Pipeline):
        return f"launched {launched.name} #{launched.number}  {launched.id}"
    size = f"{_count(launched.arms, 'arm')} × {_count(launched.seeds, 'seed')}"
    return f"launched study {launched.name}: {size}  {launched.id}"


def _planned(plan: Validation | StudyPlan) -> str:
    if isinstance(plan, Validation):
        first = [f"{run.name}: {waits(run.reason, run.starts)}" for run in plan.runs if run.reason]
        return "\n".join([f"valid: {len(plan.runs)} runs", *first])
    size = f"{_count(plan.arms, 'arm')} × {_count(plan.seeds, 'seed')}"
    saved = plan.unshared_runs - plan.total_runs
    shared = f"; {saved} more without those that arms share" if saved else ""
    return f"valid: {size}, {plan.total_runs} runs{shared}"


def _count(things: Sequence[object], word: str) -> str:
    return f"{len(things)} {word}{'' if len(things) == 1 else 's'}"


def see_through(
    client: Client,
    launched: Pipeline | Study,
    requirements: Sequence[Requirement],
    summary: Path | None,
    as_json: bool,
) -> ExitStatus:
    """Wait for the end, say what became of it, and return what that is for a CI job."""
    of_study = isinstance(launched, Study)
    ids = launched.pipelines if isinstance(launched, Study) else [launched.id]
    pipelines = [_follow(client, id_, of_study=of_study, quiet=as_json) for id_ in ids]
    results = [client.results(id_) for id_ in ids]
    figures = [f for ended in zip(pipelines, results, strict=True) for f in figures_of(*ended)]
    checks = [requirement.check(figures) for requirement in requirements]
    if summary is not None:
        with summary.open("a", encoding="utf-8") as file:
            for pipeline, found in zip(pipelines, results, strict=True):
                file.write(job_summary(pipeline, found, checks, client.url))
    ended = client.study(launched.id) if of_study else pipelines[0]
    if as_json:
        judged = {"requirements": [check.as_json() for check in checks]}
        print_json(ended.model_dump(mode="json") | judged)
    for check in checks:
        if not check.met:
            print_problem(check.requirement.text, f"not met: {check.found}")
    return _status(ended.state, checks)


def _status(state: str, checks: Sequence[Check]) -> ExitStatus:
    """What did not succeed says so; its figures are of no further interest."""
    status = OF_STATE[state]
    unmet = status is ExitStatus.DONE and not all(check.met for check in checks)
    return ExitStatus.THRESHOLD if unmet else status


def _follow(client: Client, pipeline_id: str, *, of_study: bool, quiet: bool) -> Pipeline:
    """Print every change of a run's state until the pipeline ends."""
    shown: dict[str, str] = {}
    for pipeline in client.wait(pipeline_id):
        for run in pipeline.runs:
            if not quiet and shown.get(run.id) != run.state:
                shown[run.id] = run.state
                reason = run.exit.message if run.exit else run.reason
                seed = f"seed {pipeline.seed}, " if of_study else ""
                console.print(f"{seed}{run.name}: {run.state}  {reason or ''}", markup=False)
    return pipeline
