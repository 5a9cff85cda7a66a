from __future__ import annotations

import pytest
import torch

from prism_engine.algorithms.rloo import Rloo
from prism_engine.contract.algorithms import Rloo as Settings
from tests.engine.algorithms.tokens import tokens_with_ratios


def test_the_baseline_is_the_mean_of_the_others() -> None:
    found = Rloo(Settings(), 8).advantages({"only": torch.tensor([[4.0, 1.0, 1.0]])}, {"only": 1.0})
    assert found.tolist() == [[3.0, -1.5, -1.5]]


def test_the_loss_is_that_of_whole_responses() -> None:
    # The first response's ratio is 1.1 · 1.2 = 1.32, the second's 0.9.
    tokens = tokens_with_ratios([1.1, 1.2, 0.9], [-2.0, -2.0, 5.0], row=[0, 0, 1])
    algorithm = Rloo(Settings(), 8)

    losses = algorithm.token_loss(tokens)
    weights = algorithm.token_weights(torch.tensor([2, 1]))
    (losses * weights[tokens.row]).sum().backward()

    assert losses.tolist() == pytest.approx([2.64, 2.64, -4.5])
    assert tokens.logprobs.grad.tolist() == pytest.approx([1.32, 1.32, -2.25])


def test_a_ratio_that_left_its_bounds_is_clipped() -> None:
    tokens = tokens_with_ratios([1.1, 1.2], [2.0, 2.0])
    assert Rloo(Settings(), 8).token_loss(tokens).tolist() == pytest.approx([-2.4, -2.4])
