from __future__ import annotations

import pytest
import torch
from torch import nn
from transformers import get_constant_schedule_with_warmup, get_cosine_schedule_with_warmup

from prism_engine.contract.settings import Optimizer
from prism_engine.policy.optimization import ScheduledAdamW

STEPS = 11


def rates(settings: Optimizer) -> list[float]:
    optimizer = ScheduledAdamW([nn.Parameter(torch.ones(1))], settings, STEPS)
    return [optimizer.learning_rate(step) for step in range(1, STEPS + 1)]


def test_a_constant_rate_is_reached_in_a_straight_line() -> None:
    settings = Optimizer(learning_rate=0.2, warmup_steps=4)

    assert rates(settings) == pytest.approx([0.05, 0.1, 0.15] + [0.2] * 8)
    assert rates(Optimizer(learning_rate=0.2)) == [0.2] * 11


def test_a_cosine_falls_from_the_peak_to_next_to_nothing() -> None:
    settings = Optimizer(learning_rate=0.2, schedule="cosine", warmup_steps=3)

    # Eight steps are left after warm-up: 0.1 · (1 + cos(π · n / 8)).
    assert rates(settings) == pytest.approx(
        [0.2 / 3, 0.4 / 3, 0.2, 0.2, 0.1923880, 0.1707107, 0.1382683, 0.1, 0.0617317, 0.0292893,
         0.0076120], abs=1e-7,
    )  # fmt: skip


@pytest.mark.parametrize("warmup", [0, 4])
@pytest.mark.parametrize("schedule", ["constant", "cosine"])
def test_after_warm_up_the_rate_is_that_of_transformers(schedule: str, warmup: int) -> None:
    plain = torch.optim.SGD([nn.Parameter(torch.ones(1))], lr=0.2)
    theirs = (
        get_cosine_schedule_with_warmup(plain, warmup, STEPS)
        if schedule == "cosine"
        else get_constant_schedule_with_warmup(plain, warmup)
    )
    expected = []
    for _ in range(STEPS):
        expected.append(theirs.get_last_lr()[0])
        plain.step()
        theirs.step()

    ours = rates(Optimizer(learning_rate=0.2, schedule=schedule, warmup_steps=warmup))

    # Theirs begins with a step at rate 0, which teaches nothing; ours with the first above it.
    assert ours[:warmup] == pytest.approx(expected[1 : warmup + 1])
    assert ours[warmup:] == pytest.approx(expected[warmup:])


def test_what_does_not_learn_is_not_optimised() -> None:
    frozen, learning = nn.Parameter(torch.ones(2, 2)), nn.Parameter(torch.ones(2, 2))
    frozen.requires_grad_(False)
    optimizer = ScheduledAdamW([frozen, learning], Optimizer(learning_rate=0.1), STEPS)
    learning.grad = torch.ones(2, 2)

    assert optimizer.step(1) == 2.0
    assert frozen.unique().tolist() == [1.0]
    assert {name.partition(".")[0] for name in optimizer.state()} == {"0"}
