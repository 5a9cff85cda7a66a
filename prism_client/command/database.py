"""`prism db`: what is done with the database of the server on this machine."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated, NoReturn

import typer

app = typer.Typer(help="Back up, restore and upgrade the server's database.", no_args_is_help=True)

File = Annotated[Path, typer.Argument(help="A tar file that only its owner may read")]


@app.command("backup")
def backup(file: File) -> None:
    """Write database, artifacts and keys into one file, while the server runs."""
    _server("backup", str(file))


@app.command("restore")
def restore(file: File) -> None:
    """Fill an empty PRISM_HOME and an empty database from a backup."""
    _server("restore", str(file))


@app.command("migrate")
def migrate() -> None:
    """Bring the database to the revision that this release needs; back it up before."""
    _server("migrate")


@app.command("status")
def status() -> None:
    """Print the release, the revision and the settings as JSON, without secrets."""
    _server("status")


def _server(*arguments: str) -> NoReturn:
    """Become the server's command: this package knows no database."""
    command = [sys.executable, "-m", "server", *arguments]
    os.execv(sys.executable, command)  # noqa: S606 (an argument list, no shell)
