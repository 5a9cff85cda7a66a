"""`make chaos`: kill, freeze and cut off whatever a run needs, at random, and count what it cost.

Every round launches a run of the fake engine, which writes the same events as the real one, on
Postgres and Redis, and disturbs it once or twice at steps drawn from the seed. Afterwards what the
engines wrote to their files is compared with what the server holds.
"""

from __future__ import annotations

import argparse
import json
import random
import tempfile
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from rich.table import Table

from bench.console import console
from bench.record import record
from prism_client.resources import FINAL_STATES
from tests.disturbed import DISTURBANCES, Site, at_work
from tests.installation import LEASE, eventually
from tests.worker.recipes import sft

STEPS = 40
ROUNDS = 100
PATIENCE = 120.0
"""Seconds after which a run that has not ended, or an event that has not arrived, never will."""


@dataclass(frozen=True)
class Plan:
    """What is done to one run: each disturbance with the step at which it comes."""

    disturbances: tuple[tuple[int, str], ...]


@dataclass(frozen=True)
class Round:
    """What became of one run."""

    plan: Plan
    state: str
    attempts: int
    lost: int
    doubled: int
    wrong: bool
    """Whether the curve of a run that succeeded is not each step once, with its value."""

    overlap: float
    """Seconds in which an engine took steps while that of a later attempt did."""


def plans(rounds: int, seed: int) -> list[Plan]:
    """Draw what is done in every round."""
    chance = random.Random(seed)  # noqa: S311 (nothing secret)
    return [
        Plan(
            tuple(
                sorted(
                    (chance.randint(1, STEPS * 3 // 4), chance.choice(list(DISTURBANCES)))
                    for _ in range(chance.randint(1, 2))
                )
            )
        )
        for _ in range(rounds)
    ]


def play(folder: Path, planned: Sequence[Plan]) -> list[Round]:
    """Play the rounds against one installation."""
    with at_work(folder) as site:
        return [_round(site, plan) for plan in planned]


def _round(site: Site, plan: Plan) -> Round:
    (run,) = site.installation.launch(sft=sft(STEPS)).runs
    for step, name in plan.disturbances:
        site.wait_for_step(run.id, step)
        DISTURBANCES[name](site, run.id)
    state = _last_state(site, run.id)
    written = _written(site, run.id)
    stored = _stored(site, run.id, written)
    counted = Counter(stored)
    return Round(
        plan=plan,
        state=state,
        attempts=site.installation.run(run.id).attempt,
        lost=len(written.keys() - counted.keys()),
        doubled=sum(count - 1 for count in counted.values()),
        wrong=state == "succeeded" and not _is_whole(site, run.id),
        overlap=_overlap(written),
    )


def _last_state(site: Site, run_id: str) -> str:
    """Return how the run ended, with the kind of its exit; `stuck` if it did not."""

    def ended() -> bool:
        return site.installation.run(run_id).state in FINAL_STATES

    try:
        eventually(ended, PATIENCE)
    except AssertionError:
        return "stuck"
    run = site.installation.run(run_id)
    return f"{run.state}: {run.exit.kind}" if run.exit and run.exit.kind else run.state


Written = dict[tuple[int, int], dict[str, Any]]
"""Events by (attempt, seq)."""


def _written(site: Site, run_id: str) -> Written:
    """Return every event of which a whole line is in an engine's file."""
    found: Written = {}
    for file in (site.installation.home / "runs" / run_id).glob("*/engine/sft/events.jsonl"):
        attempt = int(file.relative_to(site.installation.home / "runs" / run_id).parts[0])
        for line in file.read_bytes().splitlines(keepends=True):
            if line.endswith(b"\n"):
                event = json.loads(line)
                found[attempt, event["seq"]] = event
    return found


def _stored(site: Site, run_id: str, written: Written) -> list[tuple[int, int]]:
    """Return (attempt, seq) of every event that the server holds, once all have come."""

    def look() -> list[tuple[int, int]]:
        events = site.installation.events(run_id)
        return [(stored.attempt, stored.event["seq"]) for stored in events]

    try:
        eventually(lambda: written.keys() <= set(look()), PATIENCE / 4)
    except AssertionError:
        console.print(f"events of {run_id} did not all arrive", style="red")
    return look()


def _is_whole(site: Site, run_id: str) -> bool:
    with site.installation.client as client:
        (series,) = client.metrics(run_id, ["loss"]).series
    points = [(point[0], point[1]) for point in series.points]
    return points == [(step, 1 / step) for step in range(1, STEPS + 1)]


def _overlap(written: Written) -> float:
    """Return how long an engine still took steps once one of a later attempt did.

    An engine that was frozen is told with its worker's next heartbeat that its run went on
    elsewhere; until then it goes on, under its own attempt, which is shown nowhere.
    """
    steps: dict[int, list[float]] = {}
    for (attempt, _), event in written.items():
        if event["type"] == "step_finished":
            steps.setdefault(attempt, []).append(_seconds(event["at"]))
    longest = 0.0
    for attempt, times in steps.items():
        later = [min(steps[other]) for other in steps if other > attempt]
        both = [time for time in times if later and time > min(later)]
        longest = max(longest, max(both) - min(both) if both else 0.0)
    return longest


def _seconds(moment: str) -> float:
    return datetime.fromisoformat(moment).timestamp()


def figures(rounds: Sequence[Round]) -> dict[str, Any]:
    """Return what the rounds cost."""
    return {
        "rounds": len(rounds),
        "lost": sum(one.lost for one in rounds),
        "doubled": sum(one.doubled for one in rounds),
        "stuck": sum(one.state == "stuck" for one in rounds),
        # Longer than it takes to be told, and so in the belief of having the right to.
        "run_twice": sum(one.overlap > LEASE for one in rounds),
        "wrong_curves": sum(one.wrong for one in rounds),
        "longest_overlap_s": round(max(one.overlap for one in rounds), 2),
        "ended": dict(Counter(one.state for one in rounds)),
        "attempts": sum(one.attempts for one in rounds),
        "disturbances": dict(Counter(name for one in rounds for _, name in one.plan.disturbances)),
        "lease_s": LEASE,
    }


def table(rounds: Sequence[Round]) -> Table:
    """One row per disturbance."""
    result = Table("Disturbance", "Rounds", "Attempts", "Lost", "Doubled", "Ended as")
    for name in DISTURBANCES:
        mine = [one for one in rounds if name in {what for _, what in one.plan.disturbances}]
        ended = Counter(one.state for one in mine)
        result.add_row(
            name,
            str(len(mine)),
            str(sum(one.attempts for one in mine)),
            str(sum(one.lost for one in mine)),
            str(sum(one.doubled for one in mine)),
            ", ".join(f"{count} {state}" for state, count in ended.items()),
        )
    return result


def main() -> None:
    """Play, print the table and write the figures."""
    parser = argparse.ArgumentParser(prog="python -m bench.chaos")
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="prism-chaos-") as folder:
        rounds = play(Path(folder), plans(arguments.rounds, arguments.seed))
    console.print(table(rounds))
    record("chaos", figures(rounds) | {"seed": arguments.seed})


if __name__ == "__main__":
    main()
