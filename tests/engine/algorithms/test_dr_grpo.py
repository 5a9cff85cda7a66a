from __future__ import annotations

import pytest
import torch

from prism_engine.algorithms.dr_grpo import DrGrpo
from prism_engine.contract.algorithms import DrGrpo as Settings


def test_neither_deviation_nor_length_matters() -> None:
    algorithm = DrGrpo(Settings(), longest_response=10)

    found = algorithm.advantages({"only": torch.tensor([[4.0, 0.0, 2.0]])}, {"only": 1.0})
    assert found.tolist() == [[2.0, -2.0, 0.0]]
    weights = algorithm.token_weights(torch.tensor([1, 10]))
    assert weights.tolist() == pytest.approx([1 / 20, 1 / 20])
