"""`prism pipelines` and `prism results`."""

from __future__ import annotations

from itertools import islice
from typing import Annotated

import typer

from prism_client.client import Client, PipelineVerb
from prism_client.command import forks, retention
from prism_client.command.output import AsJson, age, console, print_json, print_table

app = typer.Typer(help="Pipelines: everything that one launch started.", no_args_is_help=True)

PipelineId = Annotated[str, typer.Argument(help="Id of a pipeline")]


@app.command("ls")
def list_pipelines(
    state: Annotated[str | None, typer.Option(help="Only those in this state")] = None,
    archived: Annotated[bool, typer.Option("--archived", help="Only archived ones")] = False,
    limit: Annotated[int, typer.Option(help="At most so many")] = 50,
    as_json: AsJson = False,
) -> None:
    """List pipelines, newest first."""
    with Client.from_environment() as client:
        pipelines = list(islice(client.pipelines(state=state, archived=archived), limit))
    if as_json:
        print_json(pipelines)
        return
    print_table(
        ["id", "number", "name", "state", "runs", "age"],
        [
            (item.id, item.number, item.name, item.state, len(item.runs), age(item.created_at))
            for item in pipelines
        ],
    )


@app.command()
def show(pipeline_id: PipelineId, as_json: AsJson = False) -> None:
    """Show a pipeline with its runs."""
    with Client.from_environment() as client:
        pipeline = client.pipeline(pipeline_id)
    if as_json:
        print_json(pipeline)
        return
    console.print(f"{pipeline.name} #{pipeline.number}  {pipeline.state}", markup=False)
    print_table(
        ["run", "kind", "state", "waits for", "step", "id"],
        [
            (
                run.name,
                run.kind,
                run.state,
                ", ".join(parent.run for parent in run.parents),
                f"{run.step or 0}/{run.steps}" if run.steps else None,
                run.id,
            )
            for run in pipeline.runs
        ],
    )


@app.command()
def cancel(pipeline_id: PipelineId, as_json: AsJson = False) -> None:
    """End every run of a pipeline within seconds."""
    _order(pipeline_id, "cancel", "cancelling", as_json)


@app.command()
def archive(pipeline_id: PipelineId, as_json: AsJson = False) -> None:
    """Hide an ended pipeline and its runs from lists; `ls --archived` finds it."""
    _order(pipeline_id, "archive", "archived", as_json)


@app.command()
def unarchive(pipeline_id: PipelineId, as_json: AsJson = False) -> None:
    """Show a pipeline and its runs in lists again."""
    _order(pipeline_id, "unarchive", "in sight again", as_json)


def _order(pipeline_id: str, verb: PipelineVerb, word: str, as_json: bool) -> None:
    with Client.from_environment() as client:
        pipeline = client.order_pipeline(pipeline_id, verb)
    if as_json:
        print_json(pipeline)
    else:
        console.print(f"{pipeline.name} #{pipeline.number}: {word}", markup=False)


@app.command()
def delete(
    pipeline_id: PipelineId,
    dry_run: retention.DryRun = False,
    yes: retention.Yes = False,
    as_json: AsJson = False,
) -> None:
    """Delete an ended pipeline that nothing started from, with the files that only it used."""
    with Client.from_environment() as client:
        retention.delete(client, pipeline_id, dry_run=dry_run, yes=yes, as_json=as_json)


@app.command()
def fork(
    pipeline_id: PipelineId,
    changes: forks.Changes = None,
    wait: forks.Wait = False,
    as_json: AsJson = False,
) -> None:
    """Launch a pipeline again with changed settings."""
    with Client.from_environment() as client:
        pipeline = client.fork_pipeline(pipeline_id, forks.read(changes))
        forks.show(client, pipeline, wait=wait, as_json=as_json)


@app.command()
def clone(pipeline_id: PipelineId, wait: forks.Wait = False, as_json: AsJson = False) -> None:
    """Launch a pipeline again as it was."""
    with Client.from_environment() as client:
        forks.show(client, client.clone_pipeline(pipeline_id), wait=wait, as_json=as_json)


def results(pipeline_id: PipelineId, as_json: AsJson = False) -> None:
    """Print the table of scores: one row per arm, each number with its 95% interval."""
    with Client.from_environment() as client:
        answer = client.results(pipeline_id)
    if as_json:
        print_json(answer)
        return
    for benchmark in answer.benchmarks:
        arms = [arm for arm in answer.arms if arm.benchmark == benchmark]
        names = sorted({name for arm in arms for name in arm.scores})
        console.print(benchmark, style="bold", markup=False)
        print_table(
            ["arm", *names, "n"],
            [
                (
                    arm.arm,
                    *[arm.scores[name].as_text() if name in arm.scores else "" for name in names],
                    max((score.n for score in arm.scores.values()), default=0),
                )
                for arm in arms
            ],
        )
