from __future__ import annotations

import torch

from prism_engine.algorithms.algorithm import Tokens
from prism_engine.algorithms.imitation import Imitation
from tests.engine.algorithms.tokens import double


def test_imitation_is_cross_entropy_averaged_over_tokens() -> None:
    logprobs = double([-0.5, -2.0])
    tokens = Tokens(logprobs, logprobs, logprobs, double([1, 1]), torch.tensor([0, 1]), 2)

    assert Imitation().token_loss(tokens).tolist() == [0.5, 2.0]
    assert Imitation().token_weights(torch.tensor([1, 1])).tolist() == [0.5, 0.5]
    assert Imitation().measure(tokens) == {}
