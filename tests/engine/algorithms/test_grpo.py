from __future__ import annotations

import math

import pytest
import torch

from prism_engine.algorithms.algorithm import Tokens
from prism_engine.algorithms.grpo import Grpo, normalised
from prism_engine.algorithms.imitation import Imitation
from prism_engine.contract.algorithms import Grpo as Settings


def tokens(logprobs: list[float], behaviour: list[float], advantages: list[float]) -> Tokens:
    return Tokens(
        *(torch.tensor(n, dtype=torch.float64) for n in (logprobs, behaviour, advantages))
    )


def test_a_group_is_normalised_by_its_unbiased_deviation() -> None:
    rewards = torch.tensor([[1.0, 0.0, 0.0, 0.0], [2.0, 4.0, 6.0, 8.0]])

    scores = normalised(rewards, deviation_floor=0.0)

    # Deviations by hand: √(3·(1/16) + 9/16)/3 = 0.5, and √(20/3).
    assert scores[0].tolist() == pytest.approx([1.5, -0.5, -0.5, -0.5], abs=1e-5)
    expected = [(r - 5) / math.sqrt(20 / 3) for r in (2, 4, 6, 8)]
    assert scores[1].tolist() == pytest.approx(expected, abs=1e-5)


def test_a_group_without_differences_teaches_nothing() -> None:
    assert normalised(torch.ones(1, 4), deviation_floor=0.0).abs().max() == 0


def test_the_floor_keeps_small_differences_small() -> None:
    rewards = torch.tensor([[0.1, 0.0]])

    assert normalised(rewards, 0.2)[0].tolist() == pytest.approx([0.25, -0.25], abs=1e-5)
    assert normalised(rewards, 0.0)[0, 0] == pytest.approx(math.sqrt(0.5), abs=1e-4)


def test_channels_are_normalised_one_by_one_and_summed_by_weight() -> None:
    rewards = {"answer": torch.tensor([[1.0, 0.0]]), "format": torch.tensor([[0.0, 0.5]])}

    advantages = Grpo(Settings()).advantages(rewards, {"answer": 0.8, "format": 0.2})

    step = math.sqrt(0.5)
    assert advantages[0].tolist() == pytest.approx([0.6 * step, -0.6 * step], abs=1e-5)


def test_every_group_is_kept() -> None:
    assert Grpo(Settings()).keep_group(torch.zeros(3, 2)).tolist() == [True, True, True]


def test_the_ratio_is_clipped_only_where_that_lowers_the_objective() -> None:
    ratios = [1.5, 1.5, 0.5, 0.5, 1.0]
    batch = tokens([math.log(r) for r in ratios], [0.0] * 5, [2.0, -2.0, 2.0, -2.0, 3.0])
    algorithm = Grpo(Settings(clip_low=0.2, clip_high=0.2))

    losses = algorithm.token_loss(batch)
    measured = algorithm.measure(batch)

    assert losses.tolist() == pytest.approx([-2.4, 3.0, -1.0, 1.6, -3.0])
    assert measured["ratio"].tolist() == pytest.approx(ratios)
    assert measured["clip_fraction"].tolist() == [1, 0, 0, 1, 0]


def test_at_ratio_one_the_gradient_is_that_of_the_plain_policy_gradient() -> None:
    logprobs = torch.tensor([-1.0, -2.0], requires_grad=True)
    batch = Tokens(logprobs, logprobs.detach(), torch.tensor([0.7, -1.3]))

    Grpo(Settings()).token_loss(batch).sum().backward()

    assert logprobs.grad.tolist() == pytest.approx([-0.7, 1.3])


def test_imitation_is_cross_entropy() -> None:
    assert Imitation().token_loss(tokens([-0.5, -2.0], [0, 0], [1, 1])).tolist() == [0.5, 2.0]
