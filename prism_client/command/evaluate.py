"""`prism evaluate`: score a policy on this machine. The engine does it, in a process of its own."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Annotated

import typer

from prism_client.command.output import AsJson

PASSED_ON = {"allow_extra_args": True, "ignore_unknown_options": True}


def evaluate(
    context: typer.Context,
    policy: Annotated[str, typer.Argument(help="Folder, hub id, or address of a served model")],
    data: Annotated[str, typer.Argument(help="A data set, or a benchmark such as mathvista")],
    out: Annotated[Path, typer.Option(help="New folder; evaluate/responses.jsonl is in it")],
    samples: Annotated[
        int | None, typer.Option(help="Sampled responses of each item, beside the greedy one")
    ] = None,
    scoring: Annotated[
        str | None, typer.Option(help="strict, judge or paper_compat; strict if left out")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Score a policy, with intervals; further options, as --served MODEL, go to the engine."""
    command = [sys.executable, "-m", "prism_engine", "evaluate", policy, data, "--out", str(out)]
    if samples is not None:
        command += ["--samples", str(samples)]
    if scoring is not None:
        command += ["--scoring", scoring]
    if as_json:
        command.append("--json")
    raise typer.Exit(subprocess.run([*command, *context.args], check=False).returncode)
