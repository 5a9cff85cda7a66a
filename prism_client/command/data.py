"""`prism data`: data sets on this machine. The engine does the work, in a process of its own."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Annotated

import typer

from prism_client.command.output import AsJson
from prism_client.command.registry import register_dataset

PASSED_ON = {"allow_extra_args": True, "ignore_unknown_options": True}
DataSet = Annotated[Path, typer.Argument(help="A folder, or a .jsonl file")]

app = typer.Typer(help="Data sets on this machine.", no_args_is_help=True)


@app.command(context_settings=PASSED_ON)
def miniature(
    context: typer.Context, out: Annotated[Path, typer.Option(help="Folder to write to")]
) -> None:
    """Write the miniature world's data sets; further options go to the engine."""
    _engine("data", "miniature", "--out", str(out), *context.args)


@app.command("import", context_settings=PASSED_ON)
def import_rows(
    context: typer.Context,
    source: Annotated[str, typer.Argument(help="File or folder, with @split where one is meant")],
    out: Annotated[Path, typer.Option(help="New folder for the data set")],
    as_json: AsJson = False,
) -> None:
    """Take in a data set of another program; further options, as --format, go to the engine."""
    _engine("data", "import", source, "--out", str(out), *_json(as_json), *context.args)


@app.command()
def export(
    path: DataSet,
    out: Annotated[Path, typer.Option(help="New folder to write to")],
    form: Annotated[str, typer.Option("--format", help="sharegpt or verl")],
    as_json: AsJson = False,
) -> None:
    """Write a data set in the form of another program."""
    _engine("data", "export", str(path), "--out", str(out), "--format", form, *_json(as_json))


@app.command()
def inspect(path: DataSet) -> None:
    """Read every row and decode every image of a data set."""
    _engine("data", "inspect", str(path))


# The same command as `prism dataset register`, where those who have just imported look for it.
app.command("register")(register_dataset)


def _json(wanted: bool) -> list[str]:
    return ["--json"] if wanted else []


def _engine(*arguments: str) -> None:
    status = subprocess.run([sys.executable, "-m", "prism_engine", *arguments], check=False)
    raise typer.Exit(status.returncode)
