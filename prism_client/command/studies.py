"""`prism studies`."""

from __future__ import annotations

from itertools import islice
from typing import Annotated

import typer

from prism_client.client import Client
from prism_client.command.output import AsJson, age, console, print_json, print_table

app = typer.Typer(help="Studies: a recipe over settings and seeds.", no_args_is_help=True)

StudyId = Annotated[str, typer.Argument(help="Id of a study")]


@app.command("ls")
def list_studies(
    limit: Annotated[int, typer.Option(help="At most so many")] = 50, as_json: AsJson = False
) -> None:
    """List studies, newest first."""
    with Client.from_environment() as client:
        studies = list(islice(client.studies(), limit))
    if as_json:
        print_json(studies)
        return
    print_table(
        ["id", "name", "state", "arms", "seeds", "age"],
        [(s.id, s.name, s.state, s.arms, s.seeds, age(s.created_at)) for s in studies],
    )


@app.command()
def show(study_id: StudyId, as_json: AsJson = False) -> None:
    """Show the state of every arm with every seed."""
    with Client.from_environment() as client:
        study = client.study(study_id)
    if as_json:
        print_json(study)
        return
    console.print(f"{study.name}  {study.state}", markup=False)
    states = {(cell.arm, cell.seed): cell.state for cell in study.cells}
    print_table(
        ["arm", *(f"seed {seed}" for seed in study.seeds)],
        [
            (arm.label, *(states.get((arm.label, seed)) for seed in study.seeds))
            for arm in study.arms
        ],
    )


@app.command()
def cancel(study_id: StudyId, as_json: AsJson = False) -> None:
    """End every run of a study within seconds."""
    with Client.from_environment() as client:
        study = client.cancel_study(study_id)
    if as_json:
        print_json(study)
    else:
        console.print(f"{study.name}: cancelling", markup=False)
