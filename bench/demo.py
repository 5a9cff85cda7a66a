"""`make demo`: the paper's four arms and a control, in miniature, from nothing to a table.

All arms start from one SFT checkpoint. The control is given, in more steps of RLVR, the time that
alignment takes. Which arm wins is printed, whichever way it falls.
"""

from __future__ import annotations

import argparse
import time
from typing import Any

from rich.table import Table

from bench.console import console, percent
from bench.miniature import prepare, register
from bench.record import record
from bench.serving import serving, watch
from prism_client.home import Home
from prism_engine.contract.recipes import FOLDER


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
        pipeline = client.launch((FOLDER / "miniature.yaml").read_text())
        watch(client, pipeline)
        training = base_seconds + time.monotonic() - began
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


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make demo")
    parser.add_argument("--started", type=float, default=time.time(), help="when set-up began")
    parser.add_argument("--exit", action="store_true", help="end after the table")
    return parser.parse_args()


if __name__ == "__main__":
    main()
