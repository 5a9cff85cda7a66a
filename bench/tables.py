"""`make tables`: every row of the paper's two tables in miniature, launched as one pipeline.

Which row wins is printed, whichever way it falls. A cell that is empty, in what the server answers
or on the results page of the dashboard, fails the command.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Sequence
from typing import Any

from rich.table import Table

from bench.console import console, percent
from bench.miniature import prepare, register, scaled
from bench.page import empty_cells_shown
from bench.record import record
from bench.serving import serving, watch
from prism_client.home import Home

METHODS = (
    ("Instruct",),
    ("SFT", "SFT → GRPO", "SFT → DAPO", "SFT → GSPO"),
    ("PRISM", "PRISM → GRPO", "PRISM → DAPO", "PRISM → GSPO"),
)
"""The arms of the paper's first table, in its sections."""

ABLATIONS = {
    "Full": "PRISM → GRPO",
    "Dense discriminator": "Dense discriminator",
    "Text-only discriminator": "Text-only discriminator",
    "Without SFT": "Without SFT",
    "Without alignment, equal steps": "Without alignment",
    "SFT on curated alone": "SFT on curated alone",
}
"""The rows of the paper's second table, all after GRPO, and the arms that they are."""

SHARES = {
    "accuracy_greedy": "Greedy accuracy",
    "accuracy_sampled": "Sampled accuracy",
    "valid_share": "Well-formed",
    "caption_recall": "Caption recall",
    "caption_faithfulness": "Faithful",
}
COUNTS = {"caption_items": "Items", "reasoning_steps": "Steps"}

Scores = dict[str, dict[str, dict[str, float]]]
"""By arm and metric: value, low, high and n."""


def main() -> None:
    """Launch the recipe, wait for its end, and print both tables."""
    arguments = _arguments()
    home = Home.from_environment()
    base_seconds = prepare(home.path / "data" / "miniature")
    with serving() as (client, _):
        register(client)
        began = time.monotonic()
        pipeline = client.launch(scaled("miniature-tables", arguments.scale))
        watch(client, pipeline)
        seconds = time.monotonic() - began
        arms = [arm.model_dump() for arm in client.results(pipeline.id).arms]
        shown = empty_cells_shown(client.sign_in_link().url, pipeline.id)
    scores: Scores = {arm["arm"]: arm["scores"] for arm in arms}
    _print(scores, arms[0])
    missing = [f"{arm}: {metric}" for arm, metric in empty_cells(scores)] + shown
    if missing:
        sys.exit(f"Empty cells: {', '.join(missing)}")
    figures = {
        "training_s": round(base_seconds + seconds, 1),
        "majority": arms[0]["majority"],
        "supervision": arms[0]["supervision"],
        "arms": scores,
    }
    if arguments.scale == 1:
        record("tables", figures)


def empty_cells(scores: Scores) -> list[tuple[str, str]]:
    """Every (arm, metric) of the two tables that there is no number for."""
    arms = [*(arm for section in METHODS for arm in section), *ABLATIONS.values()]
    return [
        (arm, metric)
        for arm in dict.fromkeys(arms)
        for metric in (*SHARES, *COUNTS)
        if metric not in scores.get(arm, {})
    ]


def methods_table(scores: Scores) -> Table:
    """The paper's first table: Instruct, and each of SFT and PRISM without and with RLVR."""
    table = _table("Methods", scores)
    for section in METHODS:
        for arm in section:
            table.add_row(arm, *_cells(scores[arm]))
        table.add_section()
    return table


def ablations_table(scores: Scores) -> Table:
    """The paper's second table: what the full method is without each of its parts."""
    table = _table("Ablations, all followed by GRPO", scores)
    for row, arm in ABLATIONS.items():
        table.add_row(row, *_cells(scores[arm]))
    return table


def _table(title: str, scores: Scores) -> Table:
    sizes = {estimate["n"] for arm in scores.values() for estimate in arm.values()}
    span = " to ".join(str(size) for size in sorted({min(sizes), max(sizes)}))
    return Table(
        "Method", *SHARES.values(), *COUNTS.values(),
        title=f"{title}; n = {span} held-out items, 95% intervals",
    )  # fmt: skip


def _cells(scores: dict[str, dict[str, float]]) -> Sequence[str]:
    """An empty string where there is no number."""
    shares = [percent(scores[metric]) if metric in scores else "" for metric in SHARES]
    counts = [f"{scores[metric]['value']:.2f}" if metric in scores else "" for metric in COUNTS]
    return [*shares, *counts]


def _print(scores: Scores, arm: dict[str, Any]) -> None:
    console.print(methods_table(scores))
    console.print(ablations_table(scores))
    console.print(f"The most common answer would score {100 * arm['majority']:.1f}.")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make tables")
    parser.add_argument("--scale", type=float, default=1.0, help="of all steps; below 1 for a try")
    return parser.parse_args()


if __name__ == "__main__":
    main()
