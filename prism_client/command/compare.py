"""`prism compare`: two runs, or two pipelines: what was set differently, and what came of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Annotated, Any

import typer

from prism_client.client import Client
from prism_client.command.output import AsJson, console, print_json, print_table
from prism_client.resources import Pipeline, Results, Run
from prism_engine.contract.changes import Change, changes_between

Figures = Mapping[tuple[str, ...], float]
Compared = Annotated[str, typer.Argument(help="Id of a run or of a pipeline")]


@dataclass(frozen=True)
class Subject:
    """One side of a comparison; a pipeline's runs have an environment each."""

    config: Mapping[str, Any]
    metrics: Figures
    scores: Figures
    environment: Mapping[str, Any] | None = None


@dataclass(frozen=True)
class Difference:
    """A figure of both sides; None where one side lacks it."""

    of: tuple[str, ...]
    left: float | None
    right: float | None
    difference: float | None


def compare(left: Compared, right: Compared, as_json: AsJson = False) -> None:
    """Show the settings in which two runs or pipelines differ, and their figures side by side."""
    if _is_pipeline(left) != _is_pipeline(right):
        raise typer.BadParameter("compare two runs or two pipelines, not one with the other")
    with Client.from_environment() as client:
        one, other = _subject(client, left), _subject(client, right)
    settings = list(changes_between(one.config, other.config))
    environment = (
        list(changes_between(one.environment, other.environment))
        if one.environment and other.environment
        else []
    )
    metrics = beside(one.metrics, other.metrics)
    scores = beside(one.scores, other.scores)
    if as_json:
        found = {
            "config": _sides(settings),
            "environment": _sides(environment),
            "scores": [asdict(row) for row in scores],
            "metrics": [asdict(row) for row in metrics],
        }
        print_json(found)
        return
    print_table(
        ["setting", left, right],
        [(item.field, item.before, item.after) for item in (*settings, *environment)],
    )
    for title, rows in (("scores", scores), ("last metrics", metrics)):
        if rows:
            console.print(title, style="bold")
            print_table(["", left, right, "difference"], map(_cells, rows))


def _sides(changes: Iterable[Change]) -> list[dict[str, Any]]:
    return [{"field": row.field, "left": row.before, "right": row.after} for row in changes]


def beside(left: Figures, right: Figures) -> list[Difference]:
    """Put the figures of the same name side by side."""
    return [_difference(of, left.get(of), right.get(of)) for of in sorted({*left, *right})]


def _difference(of: tuple[str, ...], left: float | None, right: float | None) -> Difference:
    apart = None if left is None or right is None else right - left
    return Difference(of, left, right, apart)


def _is_pipeline(identifier: str) -> bool:
    return identifier.startswith("pip_")


def _subject(client: Client, identifier: str) -> Subject:
    if _is_pipeline(identifier):
        pipeline = client.pipeline(identifier)
        scores = _scores(client.results(identifier))
        return Subject(pipeline.recipe, _metrics(pipeline), scores)
    run = client.run(identifier)
    last: Figures = {(name,): value for name, value in run.latest.items()}
    scores = _scores_of_run(client.results(run.pipeline_id), run)
    environment = client.environment(identifier).environment
    return Subject(run.config, last, scores, environment.compared() if environment else None)


def _metrics(pipeline: Pipeline) -> Figures:
    return {(run.name, name): value for run in pipeline.runs for name, value in run.latest.items()}


def _scores(results: Results) -> Figures:
    return {
        (arm.benchmark, arm.arm, name): score.value
        for arm in results.arms
        for name, score in arm.scores.items()
    }


def _scores_of_run(results: Results, run: Run) -> Figures:
    """A run's own scores, without its arm's name, which may differ between the two."""
    return {
        (arm.benchmark, name): score.value
        for arm in results.arms
        if arm.run_id == run.id
        for name, score in arm.scores.items()
    }


def _cells(row: Difference) -> list[str]:
    numbers = [_number(row.left), _number(row.right)]
    apart = "" if row.difference is None else f"{row.difference:+.6g}"
    return [" ".join(row.of), *numbers, apart]


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.6g}"
