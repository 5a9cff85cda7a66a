"""How the benches print: one console, shares in percent, and a pipeline's progress as a table."""

from __future__ import annotations

import sys
from collections.abc import Mapping

from rich.console import Console
from rich.table import Table

from prism_client.resources import Pipeline

# Where nobody watches there is no terminal to fit into.
console = Console(width=None if sys.stdout.isatty() else 160)

SHOWN = ("loss", "reward", "accuracy", "gap_perception", "gap_reasoning", "accuracy_greedy")


def percent(estimate: Mapping[str, float]) -> str:
    """A share with its 95% interval, in percent."""
    value, low, high = (100 * estimate[key] for key in ("value", "low", "high"))
    return f"{value:.1f} [{low:.1f}, {high:.1f}]"


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
