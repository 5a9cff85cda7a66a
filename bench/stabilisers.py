"""`make stabilisers`: what each stabiliser of alignment does, over several seeds.

Every seed is a pipeline of its own, SFT included, so that the spread over seeds holds that of the
whole way. Scores are those of the validation split.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from statistics import fmean
from typing import Any

from rich.markup import escape
from rich.table import Table

from bench.console import console
from bench.miniature import prepare, register, scaled
from bench.record import record
from bench.serving import serving, watch
from prism_client.home import Home

METRICS = {
    "accuracy_greedy": "Greedy accuracy",
    "accuracy_sampled": "Sampled accuracy",
    "valid_share": "Well-formed",
    "caption_recall": "Caption recall",
    "caption_precision": "Caption precision",
}

Scores = dict[str, dict[str, list[float]]]
"""By arm and metric: one value a seed."""


def main() -> None:
    """Launch one pipeline a seed, wait for all, and print the table."""
    arguments = _arguments()
    seeds = range(arguments.seeds)
    prepare(Home.from_environment().path / "data" / "miniature")
    with serving() as (client, _):
        register(client)
        recipe = scaled("miniature-stabilisers", arguments.scale)
        # All at once, so that no worker waits for the end of a seed.
        pipelines = [client.launch(recipe | {"seed": seed}) for seed in seeds]
        for pipeline in pipelines:
            watch(client, pipeline)
        results = [client.results(pipeline.id) for pipeline in pipelines]
    arms = [[arm.model_dump() for arm in one.arms] for one in results]
    scores = by_arm(arms)
    items = arms[0][0]["scores"]["accuracy_greedy"]["n"]
    console.print(table(scores, items))
    if arguments.scale == 1:
        record("stabilisers", {"seeds": list(seeds), "n": items, "arms": scores})


def by_arm(seeds: Sequence[Sequence[dict[str, Any]]]) -> Scores:
    """Put the seeds of every arm side by side."""
    return {
        first["arm"]: {
            metric: [
                arm["scores"][metric]["value"]
                for seed in seeds
                for arm in seed
                if arm["arm"] == first["arm"] and metric in arm["scores"]
            ]
            for metric in METRICS
        }
        for first in seeds[0]
    }


def table(scores: Scores, items: int) -> Table:
    """One row for every arm: the mean over seeds, and the least and the most of them."""
    seeds = len(scores["Reference"]["accuracy_greedy"])
    title = f"Mean over {seeds} seeds and [least, most], in percent; n = {items} items a seed"
    shown = Table("Alignment", *METRICS.values(), title=escape(title))
    for arm, metrics in scores.items():
        shown.add_row(arm, *(_cell(metrics[metric]) for metric in METRICS))
        if arm in ("SFT", "Reference"):
            shown.add_section()
    return shown


def _cell(values: Sequence[float]) -> str:
    """An empty string where no seed has a number."""
    if not values:
        return ""
    mean, least, most = (100 * value for value in (fmean(values), min(values), max(values)))
    return f"{mean:.1f} [{least:.1f}, {most:.1f}]"


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make stabilisers")
    parser.add_argument("--seeds", type=int, default=2)
    parser.add_argument("--scale", type=float, default=1.0, help="of all steps; below 1 for a try")
    return parser.parse_args()


if __name__ == "__main__":
    main()
