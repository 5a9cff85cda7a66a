from __future__ import annotations

import pytest
import torch

from prism_engine.algorithms.gspo import Gspo
from prism_engine.contract.algorithms import Gspo as Settings
from tests.engine.algorithms.tokens import tokens_with_ratios


def test_a_response_has_one_ratio_the_geometric_mean_of_its_tokens() -> None:
    tokens = tokens_with_ratios([4.0, 1.0, 2.0, 8.0, 1.0], [1.0] * 5, row=[0, 0, 1, 1, 1])
    ratio = Gspo(Settings(), 8).ratio(tokens)
    assert ratio.tolist() == pytest.approx([2.0, 2.0] + [16 ** (1 / 3)] * 3)


def test_the_gradient_is_shared_by_the_tokens_of_a_response() -> None:
    # Ratios 2 and 1: the geometric mean is √2, and its derivative by each log-probability √2/2.
    tokens = tokens_with_ratios([2.0, 1.0], [3.0, 3.0])
    algorithm = Gspo(Settings(clip_high=1.0), 8)

    (algorithm.token_loss(tokens) * 0.5).sum().backward()

    assert tokens.logprobs.grad.tolist() == pytest.approx([-3 * 2**0.5 / 2] * 2)


def test_the_ratio_is_clipped_within_ten_thousandths() -> None:
    tokens = tokens_with_ratios([1.001, 0.999], [1.0, -1.0], row=[0, 1])
    losses = Gspo(Settings(), 8).token_loss(tokens)
    assert losses.tolist() == pytest.approx([-1.0004, 0.9997], abs=1e-9)


def test_responses_count_alike() -> None:
    weights = Gspo(Settings(), 8).token_weights(torch.tensor([1, 4]))
    assert weights.tolist() == pytest.approx([0.5, 0.125])
