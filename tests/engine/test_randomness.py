from __future__ import annotations

import torch

from prism_engine.randomness import Randomness


def test_a_draw_depends_on_seed_purpose_and_step_alone() -> None:
    def draw(seed: int, purpose: str, step: int) -> float:
        return torch.rand((), generator=Randomness(seed).generator(purpose, step)).item()

    assert draw(1, "rollouts", 7) == draw(1, "rollouts", 7)
    others = {draw(2, "rollouts", 7), draw(1, "warmup", 7), draw(1, "rollouts", 8)}
    assert len(others | {draw(1, "rollouts", 7)}) == 4


def test_every_item_comes_once_an_epoch_in_another_order() -> None:
    randomness = Randomness(3)
    drawn = [item for step in range(1, 11) for item in randomness.items(step, 4, 20)]

    assert sorted(drawn[:20]) == sorted(drawn[20:]) == list(range(20))
    assert drawn[:20] != drawn[20:]


def test_items_of_a_step_need_no_step_before_it() -> None:
    ahead = Randomness(3)
    for step in range(1, 9):
        ahead.items(step, 3, 7)

    assert Randomness(3).items(9, 3, 7) == ahead.items(9, 3, 7)
