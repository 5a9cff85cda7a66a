from itertools import combinations, pairwise

import pytest

from prism_engine.policy.alike import PASS_PLACES, alike


def cost(lengths: list[int], passes: list[list[int]]) -> int:
    """Places that are computed, each pass counted extra."""
    return sum(len(rows) * max(lengths[row] for row in rows) + PASS_PLACES for rows in passes)


def cheapest(lengths: list[int]) -> int:
    """Of all ways to cut the sorted rows."""
    order = sorted(range(len(lengths)), key=lambda row: lengths[row])
    cuts = [
        [0, *between, len(order)]
        for count in range(len(order))
        for between in combinations(range(1, len(order)), count)
    ]
    return min(cost(lengths, [order[a:b] for a, b in pairwise(cut)]) for cut in cuts)


@pytest.mark.parametrize(
    "lengths",
    [
        [7],
        [5, 5, 5],
        [512, 30, 500, 28, 31, 900, 29, 33],
        [1, 1000, 2000, 3000, 4000],
        [300, 300, 40, 40, 41, 600, 601, 20],
    ],
)
def test_no_other_cut_is_cheaper(lengths: list[int]) -> None:
    passes = alike(lengths)

    assert sorted(row for rows in passes for row in rows) == list(range(len(lengths)))
    assert cost(lengths, passes) == cheapest(lengths)


def test_rows_that_are_cut_apart_save_more_than_the_pass_costs() -> None:
    assert alike([10, 10 + PASS_PLACES // 2, 10]) == [[0, 2, 1]]
    assert alike([10, 11 + PASS_PLACES // 2, 10]) == [[0, 2], [1]]
