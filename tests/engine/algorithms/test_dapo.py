from __future__ import annotations

import pytest
import torch

from prism_engine.algorithms.advantages import sum_then_normalise
from prism_engine.algorithms.dapo import Dapo, mixed, overlong_punishment
from prism_engine.contract.algorithms import Dapo as Settings
from tests.engine.algorithms.tokens import tokens_with_ratios


def test_the_upper_bound_is_higher_than_the_lower_one() -> None:
    tokens = tokens_with_ratios([1.25, 1.5, 0.75, 0.5], [1.0, 1.0, -1.0, -1.0])
    losses = Dapo(Settings(), 8).token_loss(tokens)
    assert losses.tolist() == pytest.approx([-1.25, -1.28, 0.8, 0.8])


def test_groups_that_are_all_right_or_all_wrong_are_drawn_again() -> None:
    accuracy = torch.tensor([[1.0, 1.0], [1.0, 0.0], [0.0, 0.0]])
    assert mixed(accuracy).tolist() == [False, True, False]

    algorithm = Dapo(Settings(most_draws=7), 8)
    assert algorithm.keep_group(accuracy).tolist() == [False, True, False]
    assert algorithm.most_draws == 7
    assert algorithm.reads_accuracy

    plain = Dapo(Settings(dynamic_sampling=False, most_draws=7), 8)
    assert plain.keep_group(accuracy).tolist() == [True, True, True]
    assert plain.most_draws == 1
    assert not plain.reads_accuracy


def test_what_was_cut_is_left_out_if_asked() -> None:
    finished = torch.tensor([True, False])
    assert Dapo(Settings(), 8).keep_response(finished).tolist() == [True, True]
    filtering = Dapo(Settings(overlong_filter=True), 8)
    assert filtering.keep_response(finished).tolist() == [True, False]


def test_the_punishment_rises_linearly_to_the_longest_response() -> None:
    # L_max = 20 and L_cache = 4: none up to 16 tokens, a quarter for every one from there on.
    lengths = torch.tensor([1, 16, 17, 18, 19, 20])
    assert overlong_punishment(lengths, 20, 4).tolist() == [0, 0, -0.25, -0.5, -0.75, -1]


def test_the_punishment_is_a_reward_of_its_own_channel() -> None:
    algorithm = Dapo(Settings(overlong_buffer=4, overlong_penalty=0.5), 20)
    rewards = algorithm.shape(torch.tensor([[16, 20], [18, 2]]))
    assert algorithm.shaping == {"overlong": 0.5}
    assert rewards["overlong"].tolist() == [[0, -1], [-0.5, 0]]
    assert Dapo(Settings(), 20).shape(torch.tensor([[16, 20]])) == {}
    assert Dapo(Settings(), 20).shaping == {}


def test_the_punishment_is_added_before_rewards_are_normalised() -> None:
    algorithm = Dapo(Settings(scale_rewards="none"), 20, sum_then_normalise)
    rewards = {"answer": torch.tensor([[1.0, 1.0]]), "overlong": torch.tensor([[0.0, -1.0]])}
    found = algorithm.advantages(rewards, {"answer": 0.8, "overlong": 0.5})
    assert found.tolist() == [[0.25, -0.25]]


def test_every_token_counts_alike() -> None:
    weights = Dapo(Settings(), 20).token_weights(torch.tensor([1, 3]))
    assert weights.tolist() == [0.25, 0.25]
