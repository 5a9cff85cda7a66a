from math import exp

import pytest
import torch
from transformers.models.qwen3_vl_moe.configuration_qwen3_vl_moe import Qwen3VLMoeTextConfig

from prism_engine.discriminators.router import Router, load_balance


def router() -> Router:
    config = Qwen3VLMoeTextConfig(hidden_size=2, num_experts=3, num_experts_per_tok=2)
    router = Router(config)
    with torch.no_grad():
        router.weight.copy_(torch.tensor([[1.0, 0.0], [0.0, 1.0], [-1.0, 0.0]]))
    return router


def test_the_chosen_experts_share_a_token_by_their_probabilities():
    _, weights, chosen = router()(torch.tensor([[2.0, 1.0]]))
    assert chosen.tolist() == [[0, 1]]
    assert weights[0, 0].item() == pytest.approx(exp(2) / (exp(2) + exp(1)))
    assert weights.sum().item() == pytest.approx(1)


def test_routing_stays_in_float32_where_activations_are_in_bfloat16():
    # In bfloat16 1 and 1.001 are the same weight, and the choice between them would be a tie.
    gate = router()
    with torch.no_grad():
        gate.weight[1, 1] = 1.001
    logits, weights, chosen = gate(torch.tensor([[1.0, 1.0]], dtype=torch.bfloat16))
    assert logits.dtype is torch.float32
    assert weights.dtype is torch.bfloat16
    assert chosen.tolist() == [[1, 0]]


def test_load_balance_against_numbers_worked_out_by_hand():
    logits = torch.tensor([[2.0, 1.0, -9.0], [0.0, 5.0, 1.0]])
    probabilities = logits.softmax(-1).mean(0)
    # Tokens go to experts (0, 1) and (1, 2): shares 1/4, 1/2, 1/4.
    by_hand = 3 * (probabilities * torch.tensor([0.25, 0.5, 0.25])).sum()
    assert load_balance([logits], 2).item() == pytest.approx(by_hand.item())
    assert load_balance([logits, logits], 2).item() == pytest.approx(by_hand.item())


def test_load_balance_is_one_where_all_experts_are_used_alike():
    logits = torch.tensor([[3.0, 3, 0, 0], [0, 0, 3, 3]])
    assert load_balance([logits], 2).item() == pytest.approx(1)


def test_load_balance_grows_as_tokens_crowd():
    crowded = torch.tensor([[9.0, 9, 0, 0], [9, 9, 0, 0]])
    assert load_balance([crowded], 2).item() == pytest.approx(2, abs=0.01)
