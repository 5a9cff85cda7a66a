from __future__ import annotations

from pathlib import Path

import pytest

from bench.chaos import STEPS, Plan, _overlap, figures, plans, play
from tests.disturbed import DISTURBANCES


def test_a_seed_says_what_is_done() -> None:
    drawn = plans(200, seed=3)
    assert drawn == plans(200, seed=3) != plans(200, seed=4)
    assert {name for plan in drawn for _, name in plan.disturbances} == DISTURBANCES.keys()
    assert all(1 <= step < STEPS for plan in drawn for step, _ in plan.disturbances)


def test_an_overlap_is_the_time_in_which_two_engines_took_steps() -> None:
    def step(second: int) -> dict[str, str]:
        return {"type": "step_finished", "at": f"2026-01-01T00:00:{second:02}Z"}

    after_another = {(1, 1): step(1), (1, 2): step(2), (2, 1): step(3), (2, 2): step(4)}
    assert _overlap(after_another) == 0
    assert _overlap(after_another | {(1, 3): step(5), (1, 4): step(9)}) == 4


@pytest.mark.timeout(600)
def test_nothing_is_lost_doubled_stuck_or_run_twice(tmp_path: Path) -> None:
    rounds = play(
        tmp_path,
        [
            Plan(((5, "Postgres killed"), (20, "line cut"))),
            Plan(((5, "Redis killed"), (15, "worker killed"))),
            Plan(((5, "machine frozen"),)),
        ],
    )
    cost = figures(rounds)
    names = ("rounds", "lost", "doubled", "stuck", "run_twice", "wrong_curves")
    assert [cost[name] for name in names] == [3, 0, 0, 0, 0, 0], rounds
    # On a machine so busy that leases run out by themselves a run may use up its attempts.
    assert cost["ended"].keys() <= {"succeeded", "failed: lost"}, cost
