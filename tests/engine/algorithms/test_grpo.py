from __future__ import annotations

import pytest
import torch

from prism_engine.algorithms.algorithm import Tokens
from prism_engine.algorithms.grpo import Grpo
from prism_engine.contract.algorithms import Grpo as Settings
from tests.engine.algorithms.tokens import tokens_with_ratios


def test_the_ratio_is_clipped_only_where_that_lowers_the_objective() -> None:
    ratios = [1.5, 1.5, 0.5, 0.5, 1.0]
    tokens = tokens_with_ratios(ratios, [2.0, -2.0, 2.0, -2.0, 3.0])
    algorithm = Grpo(Settings(clip_low=0.2, clip_high=0.2), 8)

    losses = algorithm.token_loss(tokens)
    measured = algorithm.measure(tokens)

    assert losses.tolist() == pytest.approx([-2.4, 3.0, -1.0, 1.6, -3.0])
    assert measured["ratio"].tolist() == pytest.approx(ratios)
    assert measured["clip_fraction"].tolist() == [1, 0, 0, 1, 0]
    assert measured["clip_fraction_high"].tolist() == [1, 0, 0, 0, 0]
    assert measured["clip_fraction_low"].tolist() == [0, 0, 0, 1, 0]


def test_at_ratio_one_the_gradient_is_that_of_the_plain_policy_gradient() -> None:
    logprobs = torch.tensor([-1.0, -2.0], requires_grad=True)
    old = logprobs.detach()
    tokens = Tokens(logprobs, old, old, torch.tensor([0.7, -1.3]), torch.zeros(2).long(), 1)

    Grpo(Settings(), 8).token_loss(tokens).sum().backward()

    assert logprobs.grad.tolist() == pytest.approx([-0.7, 1.3])


def test_every_group_and_response_is_kept_and_drawn_once() -> None:
    algorithm = Grpo(Settings(), 8)

    assert algorithm.keep_group(torch.zeros(3, 2)).tolist() == [True, True, True]
    assert algorithm.keep_response(torch.tensor([True, False])).tolist() == [True, True]
    assert algorithm.most_draws == 1
    assert algorithm.shape(torch.tensor([[8]])) == {}


@pytest.mark.parametrize(
    ("average", "expected"), [("token", [0.25, 0.25]), ("response", [0.5, 1 / 6])]
)
def test_tokens_are_averaged_over_the_step_or_within_responses_first(average, expected) -> None:
    algorithm = Grpo(Settings(average=average), 8)

    assert algorithm.token_weights(torch.tensor([1, 3])).tolist() == pytest.approx(expected)
