from __future__ import annotations

from collections import Counter
from itertools import pairwise

import pytest

from prism_engine.data.order import GroupedByLength, Mixed, Order, Shuffled
from prism_engine.randomness import Randomness


def drawn(order: Order, count: int, first: int = 0) -> list[int]:
    return [order.item(position) for position in range(first, first + count)]


def mixture(seed: int = 3) -> Mixed:
    randomness = Randomness(seed)
    sizes = [50, 7, 20]
    orders = [Shuffled(size, randomness, f"set {n}") for n, size in enumerate(sizes)]
    return Mixed(orders, [1.0, 0.5, 2.5], randomness)


def test_a_shuffled_order_is_what_steps_are_drawn_by() -> None:
    randomness = Randomness(3)
    steps = [randomness.items(step, 4, 10) for step in range(1, 8)]

    assert drawn(Shuffled(10, randomness), 28) == [item for step in steps for item in step]


def test_a_mixture_draws_by_weight_and_each_part_walks_its_own_epochs() -> None:
    order = mixture()
    items = drawn(order, 20_000)

    assert order.size == 77
    bounds = [(0, 50), (50, 57), (57, 77)]
    parts = [[item - start for item in items if start <= item < end] for start, end in bounds]
    for part, expected in zip(parts, (0.25, 0.125, 0.625), strict=True):
        # Four standard deviations of a share of 20,000 draws.
        deviation = (expected * (1 - expected) / 20_000) ** 0.5
        assert len(part) / 20_000 == pytest.approx(expected, abs=4 * deviation)
    for part, size in zip(parts, (50, 7, 20), strict=True):
        epochs = [part[start : start + size] for start in range(0, len(part) - size, size)]
        assert all(sorted(epoch) == list(range(size)) for epoch in epochs)
        assert epochs[0] != epochs[1]


def test_a_mixture_needs_no_position_before_another() -> None:
    ahead = drawn(mixture(), 3000)

    assert [mixture().item(position) for position in (0, 1023, 1024, 2999)] == [
        ahead[position] for position in (0, 1023, 1024, 2999)
    ]
    assert drawn(mixture(seed=4), 100) != ahead[:100]


def grouped(size: int, batch_size: int) -> GroupedByLength:
    randomness = Randomness(3)
    # Lengths that have nothing to do with the order in which items stand.
    return GroupedByLength(
        Shuffled(size, randomness), batch_size, lambda item: item * 37 % size, randomness
    )


@pytest.mark.parametrize(("size", "batch_size"), [(40, 4), (41, 4), (600, 8), (3, 4)])
def test_grouping_keeps_every_epoch_whole(size: int, batch_size: int) -> None:
    items = drawn(grouped(size, batch_size), 4 * size)

    for epoch in range(4):
        assert sorted(items[epoch * size : (epoch + 1) * size]) == list(range(size))


def test_the_items_of_a_step_are_of_like_length() -> None:
    order = grouped(size=1003, batch_size=8)
    items = drawn(order, 4012)

    lengths = [item * 37 % 1003 for item in items]
    steps = [lengths[start : start + 8] for start in range(0, 4012, 8)]
    spreads = [max(step) - min(step) for step in steps]
    # 64 steps are sorted together: of 1003 lengths each step spans about 16, and 8 drawn at
    # random about 780. Where epochs meet, a step is filled up with what comes.
    assert sorted(spreads)[len(spreads) // 2] < 40
    assert sum(spread > 200 for spread in spreads) <= 6


def test_short_and_long_steps_come_in_random_order() -> None:
    items = drawn(grouped(size=512, batch_size=8), 512)
    means = [sum(i * 37 % 512 for i in items[s : s + 8]) / 8 for s in range(0, 512, 8)]
    rising = sum(a < b for a, b in pairwise(means))

    assert 20 < rising < 44
    assert Counter(items).most_common(1)[0][1] == 1


def test_grouping_depends_on_the_seed_and_the_position_alone() -> None:
    whole = drawn(grouped(size=100, batch_size=8), 350)

    assert [grouped(100, 8).item(position) for position in (0, 99, 100, 103, 349)] == [
        whole[position] for position in (0, 99, 100, 103, 349)
    ]


def test_a_grouped_mixture_draws_what_the_mixture_draws() -> None:
    order = GroupedByLength(mixture(), 8, lambda item: item, Randomness(3))

    for first in range(0, 77 * 4, 77):
        assert Counter(drawn(order, 77, first)) == Counter(drawn(mixture(), 77, first))
