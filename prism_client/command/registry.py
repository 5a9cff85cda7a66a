"""`prism dataset` and `prism model`: what recipes can name."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import typer

from prism_client.client import Client
from prism_client.command.output import AsJson, console, print_json, print_table
from prism_client.resources import Registered

datasets = typer.Typer(help="Data sets that recipes can name.", no_args_is_help=True)
models = typer.Typer(help="Models that recipes can name.", no_args_is_help=True)

Name = Annotated[str, typer.Argument(help="The name that recipes use")]
Location = Annotated[str, typer.Argument(help="Path below a folder of PRISM_DATA_ROOTS")]


@datasets.command("register")
def register_dataset(name: Name, location: Location, as_json: AsJson = False) -> None:
    """Check a data set, row by row and image by image, and give it a name."""
    with Client.from_environment() as client:
        _print_one(client.register_dataset(name, location), as_json)


@datasets.command("ls")
def list_datasets(as_json: AsJson = False) -> None:
    """List data sets."""
    with Client.from_environment() as client:
        _print_all(list(client.datasets()), as_json)


@models.command("register")
def register_model(name: Name, location: Location, as_json: AsJson = False) -> None:
    """Check a model's folder and give it a name."""
    with Client.from_environment() as client:
        _print_one(client.register_model(name, location), as_json)


@models.command("ls")
def list_models(as_json: AsJson = False) -> None:
    """List models."""
    with Client.from_environment() as client:
        _print_all(list(client.models()), as_json)


def _print_one(registered: Registered, as_json: bool) -> None:
    if as_json:
        print_json(registered)
    else:
        console.print(f"registered {registered.name}  {registered.id}", markup=False)


def _print_all(registered: Sequence[Registered], as_json: bool) -> None:
    if as_json:
        print_json(registered)
        return
    print_table(
        ["id", "name", "location", "fingerprint"],
        [(item.id, item.name, item.location, (item.fingerprint or "")[:12]) for item in registered],
    )
