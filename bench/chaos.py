"""`make chaos`: kill engine, worker and server at random moments.

Every round aligns the same tiny model, kills one process at a step drawn from the round's number,
and compares the curves with those of an undisturbed run, value for value.
"""

from __future__ import annotations

import argparse
import random
import statistics
import tempfile
from dataclasses import dataclass
from pathlib import Path

from rich.table import Table

from bench.console import console
from bench.record import record
from tests.e2e.chaos import (
    Curves,
    curves,
    finished,
    kill_engine,
    kill_worker,
    repeated_steps,
    run_named,
    wait_for,
    wait_for_step,
)
from tests.e2e.stack import Stack, running
from tests.e2e.world import alignment, build_world, install, register_world
from tests.installation import LEASE

STEPS = 30
OUTAGE = 5 * LEASE
VICTIMS = ("engine", "worker", "server", "outage")


@dataclass(frozen=True)
class Round:
    """What became of one run. `seconds` is the recovery, where an attempt was lost."""

    victim: str
    step: int
    attempts: int
    identical: bool
    repeated: int
    seconds: float | None


def main() -> None:
    """Run the rounds, print the table and write the figures."""
    parser = argparse.ArgumentParser(prog="python -m bench.chaos")
    parser.add_argument("--rounds", type=int, default=len(VICTIMS))
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="prism-chaos-") as folder:
        rounds = play(Path(folder), arguments.rounds)
    console.print(table(rounds))
    record("chaos", figures(rounds))


def play(folder: Path, number: int) -> list[Round]:
    """Play so many rounds against one installation."""
    build_world(folder / "world")
    installation = install(folder / "home", folder / "world")
    try:
        with running(installation) as stack:
            register_world(installation)
            pipeline = finished(installation, alignment(STEPS))
            expected = curves(installation, run_named(pipeline, "align").id)
            return [play_round(stack, i, expected) for i in range(number)]
    finally:
        installation.close()


def play_round(stack: Stack, number: int, expected: Curves) -> Round:
    """Disturb one alignment, and see what became of it."""
    installation, victim = stack.installation, VICTIMS[number % len(VICTIMS)]
    step = random.Random(number).randint(1, STEPS // 2)  # noqa: S311 (nothing secret)
    with installation.client as client:
        pipeline = client.launch(alignment(STEPS))
    run_id = run_named(pipeline, "align").id
    wait_for_step(installation, run_id, step)
    seconds = disturb(stack, victim, run_id)
    wait_for(installation, pipeline)
    return Round(
        victim=victim,
        step=step,
        attempts=installation.run(run_id).attempt,
        identical=curves(installation, run_id) == expected,
        repeated=len(repeated_steps(installation, run_id)),
        seconds=seconds,
    )


def disturb(stack: Stack, victim: str, run_id: str) -> float | None:
    """Kill the victim; returns how long (s) the run was without an attempt, if it was."""
    if victim == "engine":
        return kill_engine(stack, run_id).seconds
    if victim == "worker":
        return kill_worker(stack, run_id).seconds
    if victim == "server":
        stack.kill_server()
    else:
        stack.take_server_away(OUTAGE)
    return None


def table(rounds: list[Round]) -> Table:
    """One row per victim."""
    result = Table("Killed", "Rounds", "Attempts", "Identical curves", "Longest recovery")
    for victim in VICTIMS:
        mine = [one for one in rounds if one.victim == victim]
        times = [one.seconds for one in mine if one.seconds is not None]
        result.add_row(
            victim,
            str(len(mine)),
            ", ".join(map(str, sorted({one.attempts for one in mine}))),
            f"{sum(one.identical for one in mine)} of {len(mine)}",
            f"{max(times):.2f} s = {max(times) / LEASE:.2f} leases" if times else "none needed",
        )
    return result


def figures(rounds: list[Round]) -> dict[str, object]:
    """Everything that the table says, for a program."""
    times = [one.seconds for one in rounds if one.seconds is not None]
    untouched = [one for one in rounds if one.victim in ("server", "outage")]
    return {
        "rounds": len(rounds),
        "steps": STEPS,
        "lease_s": LEASE,
        "identical": sum(one.identical for one in rounds),
        "repeated_steps": sum(one.repeated for one in rounds),
        "attempt_1_kept_without_server": sum(one.attempts == 1 for one in untouched),
        "rounds_without_server": len(untouched),
        "outage_s": OUTAGE,
        "recovery_median_s": round(statistics.median(times), 3) if times else None,
        "recovery_max_s": round(max(times), 3) if times else None,
        "recovery_max_leases": round(max(times) / LEASE, 3) if times else None,
    }


if __name__ == "__main__":
    main()
