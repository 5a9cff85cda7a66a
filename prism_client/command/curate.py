"""`prism curate`: make a corpus on this machine. The engine does it, in a process of its own."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Annotated

import typer

from prism_client.client import Client
from prism_client.command.output import console

DATASETS = ("sft", "alignment", "rlvr")


def curate(
    recipe: Annotated[Path, typer.Argument(help="A recipe with a run of the kind curate")],
    out: Annotated[Path, typer.Option(help="Folder of the run; go on in it by the same command")],
    keys: Annotated[
        Path | None, typer.Option(help="Lines of the form `name: secret`, mode 0600, or a pipe")
    ] = None,
    register: Annotated[
        str | None,
        typer.Option(
            help="Register what came of it as NAME-sft, NAME-alignment and NAME-rlvr; "
            "OUT must lie below a folder of PRISM_DATA_ROOTS"
        ),
    ] = None,
) -> None:
    """Curate a corpus; what was paid for is kept, and asked for once."""
    command = [sys.executable, "-m", "prism_engine", "run", str(recipe), "--out", str(out)]
    if keys is not None:
        command += ["--keys", str(keys)]
    status = subprocess.run(command, check=False).returncode
    if status or register is None:
        raise typer.Exit(status)
    with Client.from_environment() as client:
        for corpus in sorted(out.absolute().glob("*/corpus")):
            for name in DATASETS:
                if (corpus / name).is_dir():
                    registered = client.register_dataset(f"{register}-{name}", str(corpus / name))
                    console.print(f"registered {registered.name}", markup=False)
