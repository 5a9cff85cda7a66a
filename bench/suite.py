"""`make suite`: a policy and what was made of it on the seven mirrored benchmarks, as one table.

The table is fetched through the API and looked at in the dashboard; a cell that is empty, in either
of them, fails the command. Which arm wins is printed, whichever way it falls.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from rich.table import Table

from bench.console import console, percent
from bench.miniature import scaled
from bench.page import empty_cells_shown
from bench.record import record
from bench.serving import serving, watch
from prism_client.client import Client
from prism_client.home import Home
from prism_engine.benchmarks.statistics import PAPER_SUITE, suite_average
from prism_engine.data.miniature.suite import SUITE

BENCHMARKS = dict(zip(SUITE, PAPER_SUITE, strict=True))
"""The mirrors' folders, and the benchmarks that they mirror in the order of the paper's tables."""

LEARNED = ("readout", "supervision", "curated", "questions")
ARMS = ("SFT", "SFT → GRPO", "PRISM")

Cells = dict[str, dict[str, dict[str, Any]]]
"""Results by arm and benchmark."""


def main() -> None:
    """Write the suite, launch the recipe, wait for its end, and print the table."""
    arguments = _arguments()
    home = Home.from_environment()
    write(home.path / "data" / "miniature-suite", "full" if arguments.scale == 1 else "small")
    with serving() as (client, _):
        register(client)
        began = time.monotonic()
        pipeline = client.launch(scaled("miniature-suite", arguments.scale))
        watch(client, pipeline)
        seconds = time.monotonic() - began
        cells = cells_of([arm.model_dump() for arm in client.results(pipeline.id).arms])
        shown = empty_cells_shown(client.sign_in_link().url, pipeline.id)
    missing = empty_cells(cells) + shown
    if missing:
        sys.exit(f"Empty cells: {', '.join(missing)}")
    console.print(table_of(cells))
    figures = {"seconds": round(seconds, 1), "arms": figures_of(cells)}
    if arguments.scale == 1:
        record("suite", figures)


def write(folder: Path, size: str) -> None:
    """Write the suite once; what is there is kept."""
    # The card is written last.
    if not (folder / "README.md").exists():
        command = ["data", "miniature", "--suite", "--out", str(folder), "--size", size]
        subprocess.run([sys.executable, "-m", "prism_engine", *command], check=True)


def register(client: Client, folder: str = "miniature-suite") -> None:
    """Register what the recipe names; `folder` is the suite's, below a data root."""
    known = {dataset.name for dataset in client.datasets()}
    for name in (*BENCHMARKS, *LEARNED):
        if registered(name) not in known:
            client.register_dataset(registered(name), f"{folder}/{name}")
    if "miniature-suite-scratch" not in {model.name for model in client.models()}:
        client.register_model("miniature-suite-scratch", f"{folder}/scratch-model")


def registered(folder: str) -> str:
    """The name under which recipes know a data set of the suite."""
    return f"miniature-suite-{folder.replace('_', '-')}"


def cells_of(arms: list[dict[str, Any]]) -> Cells:
    """Results by arm, and by the benchmark that a mirror mirrors."""
    found: Cells = {}
    for arm in arms:
        found.setdefault(arm["arm"], {})[arm["benchmark"].removeprefix("miniature ")] = arm
    return found


def empty_cells(cells: Cells) -> list[str]:
    """Every score, and every comparison with a parent, that there is no number for."""
    missing = [
        f"{arm}: {name}"
        for arm in ARMS
        for name in BENCHMARKS.values()
        if "score" not in cells.get(arm, {}).get(name, {}).get("scores", {})
    ]
    unpaired = [
        f"{arm}: {name} (paired)"
        for arm in ARMS[1:]
        for name, cell in cells.get(arm, {}).items()
        if cell["paired"] is None
    ]
    return missing + unpaired


def table_of(cells: Cells) -> Table:
    """The paper's table: a row per arm, with p of the paired test against its parent."""
    sizes = sorted(
        {cell["scores"]["score"]["n"] for row in cells.values() for cell in row.values()}
    )
    table = Table(
        "Arm", *BENCHMARKS.values(), "Avg",
        title=f"n = {sizes[0]} to {sizes[-1]} exercises, 95% intervals, p against the parent",
    )  # fmt: skip
    for arm in ARMS:
        row = [_cell(cells[arm][name]) for name in BENCHMARKS.values()]
        table.add_row(arm, *row, f"{100 * average(cells[arm]):.1f}")
    majority = [cells[ARMS[0]][name]["majority"] for name in BENCHMARKS.values()]
    table.add_row("Most common answer", *(f"{100 * share:.1f}" for share in majority))
    return table


def average(row: dict[str, dict[str, Any]]) -> float:
    """The plain mean of the columns, as in the paper's tables; none of them is empty."""
    scores = {name: cell["scores"]["score"]["value"] for name, cell in row.items()}
    found = suite_average(scores, PAPER_SUITE)
    assert found is not None
    return found


def figures_of(cells: Cells) -> dict[str, Any]:
    """What is recorded of every arm."""
    return {
        arm: {
            "average": average(cells[arm]),
            "benchmarks": {
                name: {
                    "score": cells[arm][name]["scores"]["score"],
                    "accuracy": cells[arm][name]["scores"]["accuracy_greedy"],
                    "tokens": cells[arm][name]["scores"]["response_tokens"]["value"],
                    "chance": cells[arm][name]["majority"],
                    "paired": cells[arm][name]["paired"],
                    "structure": {
                        metric: estimate["value"]
                        for metric, estimate in cells[arm][name]["scores"].items()
                        if metric.startswith(("caption_items", "reasoning_steps"))
                    },
                }
                for name in BENCHMARKS.values()
            },
        }
        for arm in ARMS
    }


def _cell(cell: dict[str, Any]) -> str:
    paired = cell["paired"]
    return percent(cell["scores"]["score"]) + (f"\np {paired['p']:.3f}" if paired else "")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make suite")
    parser.add_argument("--scale", type=float, default=1.0, help="of all steps; below 1 for a try")
    return parser.parse_args()


if __name__ == "__main__":
    main()
