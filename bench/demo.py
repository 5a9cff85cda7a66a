"""`make demo`: the paper's four arms and a control, in miniature, from nothing to a table.

All arms start from one SFT checkpoint. The control is given, in more steps of RLVR, the time that
alignment takes. Which arm wins is printed, whichever way it falls.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from rich.console import Console
from rich.live import Live
from rich.table import Table

from bench.engine import RECIPES
from bench.miniature import prepare, register
from bench.record import record
from prism_client.client import Client
from prism_client.errors import PrismError
from prism_client.home import Home
from prism_client.resources import Pipeline

# Where nobody watches there is no terminal to fit into.
console = Console(width=None if sys.stdout.isatty() else 120)


def main() -> None:
    """Set the stage, run the recipe, print the table, and go on serving unless told to end."""
    arguments = _arguments()
    home = Home.from_environment()
    installed = time.time() - arguments.started
    console.print(f"Set-up took {installed:.0f} s. Now the miniature world and its base model.")
    base_seconds = prepare(home.path / "data" / "miniature")
    with serving() as (client, server):
        register(client)
        began = time.monotonic()
        pipeline = client.launch((RECIPES / "miniature.yaml").read_text())
        pipeline = watch(client, pipeline)
        training = base_seconds + time.monotonic() - began
        if pipeline.state != "succeeded":
            report_failure(pipeline)
            sys.exit(1)
        rows = [arm.model_dump() for arm in client.results(pipeline.id).arms]
        console.print(results_table(rows))
        record(
            "demo",
            {
                "total_s": round(time.time() - arguments.started, 1),
                "install_s": round(installed, 1),
                "training_s": round(training, 1),
                "baseline": rows[0]["majority"],
                "arms": {row["arm"]: arm_figures(row) for row in rows},
            },
        )
        if not arguments.exit:
            console.print("Serving. End with Ctrl-C.")
            server.wait()


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


def watch(client: Client, pipeline: Pipeline) -> Pipeline:
    """Show the runs' progress until the pipeline ends."""
    latest = pipeline
    with Live(console=console, refresh_per_second=2, transient=True) as live:
        for latest in client.wait(pipeline.id):
            live.update(progress_table(latest))
    console.print(progress_table(latest))
    return latest


def progress_table(pipeline: Pipeline) -> Table:
    """One row per run."""
    table = Table("Run", "State", "Step", "Latest", title=f"{pipeline.name} #{pipeline.number}")
    for run in pipeline.runs:
        step = f"{run.step or 0}/{run.steps}" if run.steps else ""
        latest = {name: run.latest[name] for name in SHOWN if name in run.latest}
        table.add_row(
            run.name, run.state, step, "  ".join(f"{k} {v:.3g}" for k, v in latest.items())
        )
    return table


SHOWN = ("loss", "reward", "accuracy", "gap_perception", "gap_reasoning", "accuracy_greedy")


def results_table(rows: list[dict[str, Any]]) -> Table:
    """The arms beside the majority answer and what alignment is meant to repair."""
    supervision = rows[0]["supervision"]
    table = Table(
        "Arm", "Greedy accuracy", "Sampled accuracy", "Caption recall", "Items", "Steps",
        "Training", title=f"n = {rows[0]['scores']['accuracy_greedy']['n']} held-out items",
    )  # fmt: skip
    for row in rows:
        scores = row["scores"]
        table.add_row(
            row["arm"],
            percent(scores["accuracy_greedy"]),
            percent(scores["accuracy_sampled"]) if "accuracy_sampled" in scores else "",
            percent(scores["caption_recall"]),
            f"{scores['caption_items']['value']:.2f}",
            f"{scores['reasoning_steps']['value']:.2f}",
            f"{row['seconds']:.0f} s",
        )
    table.add_row("Majority answer", f"{100 * rows[0]['majority']:.1f}")
    table.add_row(
        "Supervision", "", "", f"{100 * supervision['caption_recall']:.1f}",
        f"{supervision['caption_items']:.2f}", f"{supervision['reasoning_steps']:.2f}",
    )  # fmt: skip
    return table


def percent(estimate: dict[str, float]) -> str:
    """A share with its 95% interval, in percent."""
    value, low, high = (100 * estimate[key] for key in ("value", "low", "high"))
    return f"{value:.1f} [{low:.1f}, {high:.1f}]"


def arm_figures(row: dict[str, Any]) -> dict[str, float]:
    """What the last line says of an arm."""
    greedy, scores = row["scores"]["accuracy_greedy"], row["scores"]
    return {
        "accuracy": greedy["value"],
        "n": greedy["n"],
        "low": greedy["low"],
        "high": greedy["high"],
        "sampled_accuracy": scores["accuracy_sampled"]["value"],
        "caption_recall": scores["caption_recall"]["value"],
        "items": scores["caption_items"]["value"],
        "steps": scores["reasoning_steps"]["value"],
    }


def report_failure(pipeline: Pipeline) -> None:
    """Name every run that did not succeed, and why."""
    for run in pipeline.runs:
        if run.exit and run.state != "succeeded":
            console.print(f"{run.name} {run.state}: {run.exit.kind}: {run.exit.message}")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make demo")
    parser.add_argument("--started", type=float, default=time.time(), help="when set-up began")
    parser.add_argument("--exit", action="store_true", help="end after the table")
    return parser.parse_args()


if __name__ == "__main__":
    main()
