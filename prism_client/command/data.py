"""`prism data`: make and inspect data. The engine does it, in a process of its own."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(help="Data sets on this machine.", no_args_is_help=True)


@app.command(context_settings={"allow_extra_args": True, "ignore_unknown_options": True})
def miniature(
    context: typer.Context, out: Annotated[Path, typer.Option(help="Folder to write to")]
) -> None:
    """Write the miniature world's data sets; further options go to the engine."""
    _engine("data", "miniature", "--out", str(out), *context.args)


@app.command()
def inspect(path: Annotated[Path, typer.Argument(help="A folder, or a .jsonl file")]) -> None:
    """Read every row and decode every image of a data set."""
    _engine("data", "inspect", str(path))


def _engine(*arguments: str) -> None:
    status = subprocess.run([sys.executable, "-m", "prism_engine", *arguments], check=False)
    raise typer.Exit(status.returncode)
