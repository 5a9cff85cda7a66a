"""`prism doctor`: what works here, and what to do about what does not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from prism_client.command.bundle import write_bundle
from prism_client.command.exits import ExitStatus
from prism_client.command.findings import Finding, examine
from prism_client.command.output import AsJson, console, print_json, print_problem, print_table
from prism_client.home import Home

Bundle = Annotated[
    Path | None,
    typer.Option(help="Also write a zip file with versions, settings, logs, and no secrets"),
]


def doctor(as_json: AsJson = False, bundle: Bundle = None) -> None:
    """Look at Python, packages, folders, devices and the server."""
    home = Home.from_environment()
    findings = list(examine(home))
    if as_json:
        print_json([asdict(finding) for finding in findings])
    else:
        print_table(
            ["", "what", "detail"],
            [("ok" if item.good else "--", item.name, item.detail) for item in findings],
        )
    if bundle is not None:
        _write(bundle, home, findings, quiet=as_json)
    if any(item.needed and not item.good for item in findings):
        raise typer.Exit(ExitStatus.FAILED)


def _write(bundle: Path, home: Home, findings: Sequence[Finding], *, quiet: bool) -> None:
    try:
        write_bundle(bundle, home, findings)
    except FileExistsError:
        print_problem("--bundle", f"{bundle} is there already; name another file")
        raise typer.Exit(ExitStatus.BAD_INPUT) from None
    if not quiet:
        console.print(f"{bundle}: look through it before you send it", markup=False)
