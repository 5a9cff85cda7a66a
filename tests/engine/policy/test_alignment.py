from __future__ import annotations

import torch

from prism_engine.policy.policy import Policy


def test_weights_of_a_loaded_policy_are_aligned(tiny_policy: Policy) -> None:
    addresses = [weight.data_ptr() for weight in tiny_policy.model.parameters()]

    assert [address % 64 for address in addresses] == [0] * len(addresses)


def test_tied_weights_stay_tied(tiny_policy: Policy) -> None:
    model = tiny_policy.model
    tied = model.config.tie_word_embeddings
    assert (model.lm_head.weight is model.get_input_embeddings().weight) == tied
    assert torch.equal(model.lm_head.weight, model.get_input_embeddings().weight) == tied
