"""`prism runs`: list, look at, follow and command runs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Annotated, Any

import typer

from prism_client.client import Client, Verb
from prism_client.command import forks, retention
from prism_client.command.output import AsJson, age, console, print_json, print_table, waits
from prism_client.resources import FINAL_STATES, CodeDifference, LogLine, Run, RunEnvironment

app = typer.Typer(help="Runs: one stage each.", no_args_is_help=True)

RunId = Annotated[str, typer.Argument(help="Id of a run")]


@app.command("ls")
def list_runs(
    pipeline: Annotated[str | None, typer.Option(help="Only those of this pipeline")] = None,
    state: Annotated[str | None, typer.Option(help="Only those in this state")] = None,
    search: Annotated[
        str | None, typer.Option("--filter", help="Such as: kind = rlvr and metrics.loss < 0.4")
    ] = None,
    limit: Annotated[int, typer.Option(help="At most so many")] = 50,
    as_json: AsJson = False,
) -> None:
    """List runs, newest first."""
    with Client.from_environment() as client:
        runs = list(islice(client.runs(pipeline_id=pipeline, state=state, filter=search), limit))
    if as_json:
        print_json(runs)
        return
    print_table(
        ["id", "name", "kind", "state", "step", "attempt", "age"],
        [
            (
                run.id,
                run.name,
                run.kind,
                run.state,
                _progress(run),
                run.attempt,
                age(run.created_at),
            )
            for run in runs
        ],
    )


@app.command()
def show(run_id: RunId, as_json: AsJson = False) -> None:
    """Show one run with its last numbers."""
    with Client.from_environment() as client:
        run = client.run(run_id)
    if as_json:
        print_json(run)
        return
    console.print(f"{run.name}  {run.kind}  {run.state}  step {_progress(run)}", markup=False)
    if run.exit:
        console.print(f"{run.exit.kind}: {run.exit.message or ''}", markup=False)
    elif run.reason:
        console.print(waits(run.reason, run.starts), markup=False)
    print_table(
        ["metric", "last value"],
        [(name, f"{value:.6g}") for name, value in sorted(run.latest.items())],
    )


@app.command()
def logs(
    run_id: RunId,
    follow: Annotated[bool, typer.Option("-f", "--follow", help="Go on until it ends")] = False,
    as_json: AsJson = False,
) -> None:
    """Print what the engine logged and printed."""
    with Client.from_environment() as client:
        last = 0
        while True:
            # Asked before looking, so that what was printed before the end is always seen.
            ended = not follow or client.wait_for_run(run_id, 2).state in FINAL_STATES
            for line in client.logs(run_id, last):
                last = line.number
                _print_line(line, as_json)
            if ended:
                return


@app.command()
def metrics(
    run_id: RunId,
    names: Annotated[list[str] | None, typer.Argument(help="Names; all if left out")] = None,
    points: Annotated[int, typer.Option(help="At most so many points each")] = 1000,
    as_json: AsJson = False,
) -> None:
    """Print curves: one row per point."""
    with Client.from_environment() as client:
        answer = client.metrics(run_id, names, points)
    if as_json:
        print_json(answer)
        return
    print_table(
        ["metric", "step", "value", "min", "max", "attempt"],
        [
            (series.name, step, f"{last:.6g}", f"{low:.6g}", f"{high:.6g}", attempt)
            for series in answer.series
            for step, last, low, high, attempt in series.points
        ],
    )


@app.command()
def cancel(run_id: RunId, as_json: AsJson = False) -> None:
    """End a run within seconds."""
    _order(run_id, "cancel", as_json)


@app.command()
def stop(run_id: RunId, as_json: AsJson = False) -> None:
    """Let a run save and end."""
    _order(run_id, "stop", as_json)


@app.command()
def retry(run_id: RunId, as_json: AsJson = False) -> None:
    """Queue a run that did not succeed again, from its newest checkpoint."""
    _order(run_id, "retry", as_json)


@app.command()
def resume(run_id: RunId, as_json: AsJson = False) -> None:
    """Let a run that was stopped go on from what it saved."""
    _order(run_id, "resume", as_json)


@app.command()
def restart(run_id: RunId, as_json: AsJson = False) -> None:
    """Execute a run and what depends on it again from their beginning."""
    _order(run_id, "restart", as_json)


@app.command()
def archive(run_id: RunId, as_json: AsJson = False) -> None:
    """Hide an ended run from lists; --filter "archived = true" finds it."""
    _order(run_id, "archive", as_json)


@app.command()
def unarchive(run_id: RunId, as_json: AsJson = False) -> None:
    """Show a run in lists again."""
    _order(run_id, "unarchive", as_json)


@app.command()
def diff(
    run_id: RunId,
    other: Annotated[str, typer.Argument(help="Id of the run to compare with")],
    as_json: AsJson = False,
) -> None:
    """Show the settings in which two runs differ, and what else they were carried out with."""
    with Client.from_environment() as client:
        found = client.diff_runs(run_id, other)
    if as_json:
        print_json(found)
    else:
        forks.print_changes([*found.changes, *found.environment], (run_id, other))


@app.command()
def environment(
    run_id: RunId,
    attempt: Annotated[int | None, typer.Option(help="Of this attempt, not the newest")] = None,
    patch: Annotated[
        bool, typer.Option("--patch", help="In what the code differs from its commit")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Show the code, packages, machine and data that a run was carried out with."""
    found: CodeDifference | RunEnvironment
    with Client.from_environment() as client:
        if patch:
            found = client.code_difference(run_id, attempt)
        else:
            found = client.environment(run_id, attempt)
    if as_json:
        print_json(found)
    elif isinstance(found, CodeDifference):
        for one in found.patches:
            typer.echo(one.text, nl=not one.text.endswith("\n"))
    elif found.environment is None:
        console.print("no attempt has recorded what it was carried out with")
    else:
        print_table(["attempt", str(found.attempt)], _rows(found.environment.compared()))


def _rows(content: Mapping[str, Any], head: str = "") -> Iterator[tuple[str, str]]:
    """Give what is known by its path, groups looked into."""
    for name, value in content.items():
        if isinstance(value, dict):
            yield from _rows(value, f"{head}{name}.")
        elif value not in (None, [], False):
            yield f"{head}{name}", "\n".join(map(str, value)) if isinstance(value, list) else value


@app.command()
def lineage(run_id: RunId, as_json: AsJson = False) -> None:
    """Show what a run goes back to, and what came of it."""
    with Client.from_environment() as client:
        found = client.lineage(run_id)
    if as_json:
        print_json(found)
        return
    names = {node.id: f"{node.kind} {node.name}" for node in found.nodes}
    print_table(
        ["from", "as", "to", "id"],
        [
            (names.get(edge.source), edge.role, names.get(edge.target), edge.target)
            for edge in found.edges
        ],
    )


@app.command()
def delete(
    run_id: RunId,
    dry_run: retention.DryRun = False,
    yes: retention.Yes = False,
    as_json: AsJson = False,
) -> None:
    """Delete an ended run that nothing started from, with the files that only it used."""
    with Client.from_environment() as client:
        retention.delete(client, run_id, dry_run=dry_run, yes=yes, as_json=as_json)


@app.command()
def fork(
    run_id: RunId,
    changes: forks.Changes = None,
    step: Annotated[
        int | None, typer.Option(help="Go on after the durable checkpoint of this step")
    ] = None,
    alone: Annotated[
        bool, typer.Option("--alone", help="Without the runs that depend on it")
    ] = False,
    wait: forks.Wait = False,
    as_json: AsJson = False,
) -> None:
    """Launch a run, and what depends on it, again with changed settings.

    What stands before it is not trained again. Settings may be named from the run on: steps=10.
    """
    with Client.from_environment() as client:
        pipeline = client.fork_run(run_id, forks.read(changes), step=step, alone=alone)
        forks.show(client, pipeline, wait=wait, as_json=as_json)


@app.command()
def clone(run_id: RunId, wait: forks.Wait = False, as_json: AsJson = False) -> None:
    """Launch a run, and what depends on it, again as it was."""
    with Client.from_environment() as client:
        forks.show(client, client.clone_run(run_id), wait=wait, as_json=as_json)


def _order(run_id: str, verb: Verb, as_json: bool) -> None:
    with Client.from_environment() as client:
        run = client.order(run_id, verb)
    if as_json:
        print_json(run)
    else:
        console.print(f"{run.name}: {run.state}, wanted: {run.desired_state}", markup=False)


def _print_line(line: LogLine, as_json: bool) -> None:
    if as_json:
        print_json(line)
    else:
        typer.echo(line.text, err=line.stream in {"stderr", "error"})


def _progress(run: Run) -> str:
    return f"{run.step or 0}/{run.steps}" if run.steps else ""
