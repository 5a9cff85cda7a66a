from __future__ import annotations

import torch

from prism_engine.policy.sampler.shared_prefill import parts

GRID = torch.arange(6).view(2, 3)


def cut(at_a_time: int) -> list[list[list[int]]]:
    return [part.tolist() for part in parts(GRID, at_a_time)]


def test_rows_that_fit_are_drawn_together() -> None:
    assert cut(6) == cut(100) == [[[0, 1, 2], [3, 4, 5]]]


def test_groups_stay_whole_where_one_fits() -> None:
    assert cut(5) == cut(3) == [[[0, 1, 2]], [[3, 4, 5]]]


def test_a_group_that_does_not_fit_is_cut_evenly() -> None:
    assert cut(2) == [[[0, 1]], [[2]], [[3, 4]], [[5]]]
    assert cut(1) == cut(0) == [[[row]] for row in range(6)]
