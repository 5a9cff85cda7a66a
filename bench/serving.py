"""A server with two workers, and pipelines that are watched until they end."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

from rich.live import Live

from bench.console import console, progress_table
from prism_client.client import Client
from prism_client.errors import PrismError
from prism_client.resources import Pipeline


@contextmanager
def serving() -> Iterator[tuple[Client, subprocess.Popen[bytes]]]:
    """The server and two workers, with the sign-in link on the terminal."""
    server = subprocess.Popen(
        [sys.executable, "-m", "prism_client.command", "up", "--workers", "2"]
    )
    try:
        yield connect(server), server
    except KeyboardInterrupt:
        console.print("Ending.")
    finally:
        server.terminate()
        server.wait()


def connect(server: subprocess.Popen[bytes], patience: float = 60) -> Client:
    """Wait until the server answers."""
    deadline = time.monotonic() + patience
    while server.poll() is None and time.monotonic() < deadline:
        time.sleep(0.5)
        try:
            Client.from_environment().health()
        except PrismError:
            continue
        # Only a server that answers has written the token that the client reads.
        return Client.from_environment()
    sys.exit(f"The server did not answer within {patience:.0f} s; its log is in PRISM_HOME/logs.")


def watch(client: Client, pipeline: Pipeline) -> None:
    """Show the runs' progress until the pipeline ends; exits if it did not succeed."""
    latest = pipeline
    with Live(console=console, refresh_per_second=2, transient=True) as live:
        for latest in client.wait(pipeline.id):
            live.update(progress_table(latest))
    console.print(progress_table(latest))
    if latest.state != "succeeded":
        _report_failure(latest)
        sys.exit(1)


def _report_failure(pipeline: Pipeline) -> None:
    """Name every run that did not succeed, and why."""
    for run in pipeline.runs:
        if run.exit and run.state != "succeeded":
            console.print(f"{run.name} {run.state}: {run.exit.kind}: {run.exit.message}")
