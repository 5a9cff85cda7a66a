"""`make oracle-engine`: losses, gradients and whole optimizer steps beside TRL's.

A case counts only if it could tell a difference: at least a tenth of it is clipped on each side,
by TRL's own count, and its gradient is no zero. `tests/engine/algorithms` holds both sides.
"""

from __future__ import annotations

import os
import tempfile
from collections import defaultdict
from pathlib import Path

# Nothing is looked up: the model is made here.
os.environ["HF_HUB_OFFLINE"] = "1"

import torch
from rich.console import Console
from rich.table import Table

from bench.record import record
from tests.engine.algorithms.oracle import Compared, cases, compare
from tests.engine.algorithms.trl_training import Trained, train_both
from tests.engine.tiny import save_tiny_model

SEEDS = 4
LEAST_CLIPPED, LEAST_NORM = 0.1, 1e-3
GRADIENT_BOUND, WEIGHT_BOUND, LEAST_MOVED = 1e-12, 1e-9, 1e-3


def main() -> None:
    """Compare, print what came of it, record it, and fail where a promise is not kept."""
    torch.set_num_threads(1)
    compared = [compare(case) for case in cases(SEEDS)]
    trained = train()
    Console(width=110).print(table(compared), *trained, sep="\n")
    record(
        "oracle_engine",
        {
            "cases": len(compared),
            "max_gradient_difference": max(found.gradient_difference for found in compared),
            "weights_difference": max(found.difference for found in trained),
            "weights_moved": min(found.moved for found in trained),
        },
    )
    for found in compared:
        check(found)
    for found in trained:
        assert found.difference <= WEIGHT_BOUND
        assert found.moved >= LEAST_MOVED


def train() -> list[Trained]:
    """Three steps with fresh rollouts each, and three on the same ones."""
    with tempfile.TemporaryDirectory(prefix="prism-oracle-") as name:
        folder = save_tiny_model(Path(name) / "model")
        return [
            train_both(folder, Path(name) / "scratch", iterations=iterations)
            for iterations in (1, 3)
        ]


def check(found: Compared) -> None:
    """A case that can tell something, and that tells no difference."""
    name = found.case.name
    assert found.least_clipped >= LEAST_CLIPPED, f"{name} clips {found.least_clipped}"
    assert found.gradient_norm >= LEAST_NORM, f"{name} has the norm {found.gradient_norm}"
    assert found.gradient_difference <= GRADIENT_BOUND, f"{name}: {found.gradient_difference}"
    assert found.loss_difference <= GRADIENT_BOUND, f"{name}: {found.loss_difference}"
    assert found.advantage_difference <= GRADIENT_BOUND, f"{name}: {found.advantage_difference}"


def table(compared: list[Compared]) -> Table:
    """The worst of each algorithm."""
    by_kind: defaultdict[str, list[Compared]] = defaultdict(list)
    for found in compared:
        by_kind[found.case.settings.kind].append(found)
    shown = Table(
        "algorithm", "cases", "gradient", "loss", "advantages", "least clipped", "least norm",
        title="Largest differences from TRL in float64",
    )  # fmt: skip
    for kind, found in by_kind.items():
        shown.add_row(
            kind,
            str(len(found)),
            f"{max(each.gradient_difference for each in found):.1e}",
            f"{max(each.loss_difference for each in found):.1e}",
            f"{max(each.advantage_difference for each in found):.1e}",
            f"{min(each.least_clipped for each in found):.3f}",
            f"{min(each.gradient_norm for each in found):.3f}",
        )
    return shown


if __name__ == "__main__":
    main()
