"""`make teacher`: whether curated demonstrations teach a small model better than public ones.

This is what alignment presupposes: if the supervision that it moves the policy to were the worse
teacher, the game could be won and the policy be worse for it. Both grades write up the same
problems and get the same number of steps and of tokens; a curated demonstration is longer, and so
there are fewer in its batches.
"""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from statistics import fmean
from typing import Any

from rich.table import Table

from bench.console import console
from bench.engine import SIDE_BY_SIDE, events, recipe, run
from bench.record import record
from prism_engine.benchmarks.statistics import Difference, paired_difference
from prism_engine.data.miniature.model import write_model
from prism_engine.data.miniature.write import (
    base_row,
    distinct_problems,
    graded_row,
    write_data,
)
from prism_engine.data.records import read_data
from prism_engine.policy.processor import Processor

SEEDS = (0, 1, 2)
GRADES = ("public", "curated")
PROBLEMS = {"readout": 6_000, "taught": 6_000, "test": 512}
STEPS = 500
TOKENS_PER_STEP = 2_048
METRICS = {
    "accuracy_greedy": "Greedy accuracy",
    "accuracy_sampled": "Sampled accuracy",
    "caption_faithfulness": "Answer follows from caption",
    "caption_recall": "Caption recall",
}


@dataclass(frozen=True)
class Taught:
    """What a model learned from one grade of supervision."""

    seed: int
    grade: str
    tokens: int
    scores: dict[str, dict[str, float]]

    def __getitem__(self, metric: str) -> float:
        return self.scores[metric]["value"]


def main() -> None:
    """Train on both grades with every seed, print what came of it, and record it."""
    with tempfile.TemporaryDirectory(prefix="prism-teacher-") as folder:
        taught = teach(Path(folder))
    # Where nobody watches there is no terminal to fit into.
    console.print(table(taught))
    record("teacher", figures(taught))


def teach(folder: Path) -> list[Taught]:
    """Two policies for every seed, from one base each."""
    with ThreadPoolExecutor(SIDE_BY_SIDE) as pool:
        worlds = {seed: pool.submit(_prepare, folder / str(seed), seed) for seed in SEEDS}
        # The pool begins in order, so a policy only ever waits for a base that is in the making.
        taught = [
            pool.submit(
                lambda world, *pair: _teach(world.result(), *pair), worlds[seed], seed, grade
            )
            for seed in SEEDS
            for grade in GRADES
        ]
        return [each.result() for each in taught]


def _prepare(world: Path, seed: int) -> Path:
    """Write the data sets of one seed, and train the base that both policies start from."""
    problems = distinct_problems(["counting"], seed=seed)
    chosen = {name: list(islice(problems, count)) for name, count in PROBLEMS.items()}
    write_data(world / "readout", chosen["readout"], base_row, seed=seed)
    write_data(world / "test", chosen["test"], graded_row("curated"), seed=seed)
    for grade in GRADES:
        write_data(world / grade, chosen["taught"], graded_row(grade), seed=seed)
    write_model(world / "scratch", seed)
    base = recipe("miniature-base")["runs"]["base"]
    base |= {"policy": {"model": str(world / "scratch")}, "data": str(world / "readout")}
    run(world, "base", seed, {"base": base})
    return world


def _teach(world: Path, seed: int, grade: str) -> Taught:
    sft = recipe("miniature")["runs"]["sft"] | {
        "policy": {"model": str(world / "base" / "export" / "policy")},
        "data": str(world / grade),
        "steps": STEPS,
        "batch_size": round(TOKENS_PER_STEP / _mean_tokens(world, grade)),
    }
    evaluation = recipe("miniature")["runs"]["evaluate-sft"] | {
        "policy": {"run": grade},
        "data": str(world / "test"),
    }
    run(world, grade, seed, {grade: sft, f"{grade}-test": evaluation})
    (scored,) = events(world / f"{grade}-test", "benchmark_scored")
    tokens = sum(step["metrics"]["tokens"] for step in events(world / grade, "step_finished"))
    return Taught(seed, grade, round(tokens), scored["scores"])


def _mean_tokens(world: Path, grade: str) -> float:
    processor = Processor.load(world / "scratch")
    rows = read_data(world / grade).records
    return fmean(len(processor.encode_response(row.response or "")) for row in rows)


def difference(taught: Sequence[Taught], metric: str) -> Difference:
    """Curated minus public, paired by seed: the spread over seeds holds that over items too."""
    by_grade = {grade: [each[metric] for each in taught if each.grade == grade] for grade in GRADES}
    return paired_difference(by_grade["curated"], by_grade["public"])


def table(taught: Sequence[Taught]) -> Table:
    """One row for every policy, and what the grades differ by."""
    shown = Table("Seed", "Supervision", "Tokens", *METRICS.values(), title=_title())
    for each in taught:
        percents = [f"{100 * each[metric]:.1f}" for metric in METRICS]
        shown.add_row(str(each.seed), each.grade, f"{each.tokens:,}", *percents)
    differences = [difference(taught, metric) for metric in METRICS]
    shown.add_section()
    shown.add_row(
        "",
        "curated − public",
        "",
        *(f"{100 * d.value:+.1f} ± {100 * d.standard_error:.1f}" for d in differences),
    )
    return shown


def figures(taught: Sequence[Taught]) -> dict[str, Any]:
    """The table as one object."""
    return {
        "n": PROBLEMS["test"],
        "steps": STEPS,
        "policies": [
            {
                "seed": each.seed,
                "supervision": each.grade,
                "tokens": each.tokens,
                **{metric: each[metric] for metric in METRICS},
            }
            for each in taught
        ],
        "curated_minus_public": {
            metric: {
                "value": (found := difference(taught, metric)).value,
                "standard_error": found.standard_error,
                "standard_errors": found.standard_errors,
            }
            for metric in METRICS
        },
    }


def _title() -> str:
    return f"{len(SEEDS)} seeds, {STEPS} steps, n = {PROBLEMS['test']} held-out items, in percent"


if __name__ == "__main__":
    main()
