from __future__ import annotations

import math

import pytest
import torch

from prism_engine.algorithms.advantages import (
    DIVISORS,
    mean_of_group,
    mean_of_others,
    normalise_then_sum,
    sum_then_normalise,
    weighted_sum,
)
from prism_engine.algorithms.grpo import Grpo
from prism_engine.contract.algorithms import Grpo as Settings

NAN = math.nan


def advantages(rewards, weights=None, order=normalise_then_sum, **settings) -> list[list[float]]:
    by_channel = rewards if isinstance(rewards, dict) else {"only": rewards}
    tensors = {name: torch.tensor(r, dtype=torch.float64) for name, r in by_channel.items()}
    settings = {"deviation_epsilon": 0.0, **settings}
    algorithm = Grpo(Settings(**settings), 8, order)
    return algorithm.advantages(tensors, weights or {"only": 1.0}).tolist()


def test_a_group_is_normalised_by_its_unbiased_deviation() -> None:
    first, second = advantages([[1.0, 0.0, 0.0, 0.0], [2.0, 4.0, 6.0, 8.0]])

    # Deviations by hand: √((9/16 + 3/16) / 3) = 0.5, and √(20/3).
    assert first == pytest.approx([1.5, -0.5, -0.5, -0.5])
    assert second == pytest.approx([(r - 5) / math.sqrt(20 / 3) for r in (2, 4, 6, 8)])


def test_the_deviation_of_the_batch_is_taken_over_all_groups() -> None:
    first, second = advantages([[1.0, 0.0], [3.0, 0.0]], scale_rewards="batch")

    # The mean of 1, 0, 3, 0 is 1; the deviation √((0 + 1 + 4 + 1) / 3) = √2.
    assert first == pytest.approx([0.5 / math.sqrt(2), -0.5 / math.sqrt(2)])
    assert second == pytest.approx([1.5 / math.sqrt(2), -1.5 / math.sqrt(2)])


def test_without_a_deviation_rewards_keep_their_scale() -> None:
    assert advantages([[5.0, 2.0]], scale_rewards="none", deviation_epsilon=1.0) == [[1.5, -1.5]]


def test_epsilon_is_added_to_the_deviation() -> None:
    found = advantages([[2.0, 0.0]], deviation_epsilon=0.1)
    assert found[0] == pytest.approx([1 / (math.sqrt(2) + 0.1), -1 / (math.sqrt(2) + 0.1)])


def test_a_group_without_differences_teaches_nothing() -> None:
    assert advantages([[1.0] * 4]) == [[0.0] * 4]
    assert advantages([[1.0] * 4], deviation_epsilon=1e-6) == [[0.0] * 4]


def test_the_floor_keeps_small_differences_small() -> None:
    assert advantages([[0.1, 0.0]], deviation_floor=0.2)[0] == pytest.approx([0.25, -0.25])
    assert advantages([[0.1, 0.0]])[0][0] == pytest.approx(math.sqrt(0.5))


CHANNELS = {"answer": [[1.0, 0.0]], "format": [[0.0, 0.5]]}
WEIGHTS = {"answer": 0.8, "format": 0.2}


def test_channels_are_normalised_one_by_one_and_summed_by_weight() -> None:
    step = math.sqrt(0.5)
    assert advantages(CHANNELS, WEIGHTS)[0] == pytest.approx([0.6 * step, -0.6 * step])


def test_or_summed_by_weight_and_normalised_together() -> None:
    # The sums are 0.8 and 0.1: two numbers always lie √0.5 deviations from their mean.
    found = advantages(CHANNELS, WEIGHTS, order=sum_then_normalise)
    assert found[0] == pytest.approx([math.sqrt(0.5), -math.sqrt(0.5)])
    plain = advantages(CHANNELS, WEIGHTS, order=sum_then_normalise, scale_rewards="none")
    assert plain[0] == pytest.approx([0.35, -0.35])


def test_leave_one_out_measures_against_the_mean_of_the_others() -> None:
    found = mean_of_others(torch.tensor([[4.0, 1.0, 1.0], [NAN, 2.0, 6.0]]))
    assert found[0].tolist() == [1.0, 2.5, 2.5]
    assert found[1, 1:].tolist() == [6.0, 2.0]


def test_what_does_not_apply_neither_counts_nor_gets_an_advantage() -> None:
    found = advantages([[3.0, 1.0, NAN], [2.0, NAN, NAN]], scale_rewards="none")
    assert found == [[1.0, -1.0, 0.0], [0.0, 0.0, 0.0]]
    assert mean_of_group(torch.tensor([[3.0, 1.0, NAN]])).item() == 2.0


def test_where_one_channel_does_not_apply_the_others_still_count() -> None:
    rewards = {"answer": [[NAN, NAN]], "format": [[1.0, 0.0]]}
    one = 0.2 * math.sqrt(0.5)
    assert advantages(rewards, WEIGHTS)[0] == pytest.approx([one, -one])

    tensors = {"a": torch.tensor([1.0, NAN, NAN]), "b": torch.tensor([1.0, 1.0, NAN])}
    total = weighted_sum(tensors, {"a": 2.0, "b": 0.5})
    assert total[:2].tolist() == [2.5, 0.5]
    assert total[2].isnan()


def test_the_orders_agree_where_there_is_one_channel() -> None:
    rewards, weights = {"only": torch.tensor([[0.3, 0.1, 0.9]])}, {"only": 1.0}

    def normalise(r: torch.Tensor) -> torch.Tensor:
        return (r - mean_of_group(r)) / DIVISORS["group"](r, 0.0, 1e-4)

    one, other = (
        order(rewards, weights, normalise) for order in (normalise_then_sum, sum_then_normalise)
    )
    assert one.tolist() == other.tolist()
