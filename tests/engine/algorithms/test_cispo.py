from __future__ import annotations

import math

import pytest

from prism_engine.algorithms.cispo import Cispo
from prism_engine.contract.algorithms import Cispo as Settings
from tests.engine.algorithms.tokens import tokens_with_ratios


def test_the_weight_is_capped_and_the_gradient_stays() -> None:
    tokens = tokens_with_ratios([0.1, 1.9, 1.9], [2.0, 2.0, -2.0])
    algorithm = Cispo(Settings(weight_cap=1.5), 8)

    losses = algorithm.token_loss(tokens)
    losses.sum().backward()

    assert tokens.logprobs.grad.tolist() == pytest.approx([-0.2, -3.0, 3.0])
    expected = [-0.2 * math.log(0.05), -3 * math.log(0.95), 3 * math.log(0.95)]
    assert losses.tolist() == pytest.approx(expected)
    assert algorithm.measure(tokens)["clip_fraction_high"].tolist() == [0, 1, 1]
