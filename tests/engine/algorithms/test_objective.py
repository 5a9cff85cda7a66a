from __future__ import annotations

import math
from dataclasses import replace

import pytest
import torch

from prism_engine.algorithms.algorithm import Tokens
from prism_engine.algorithms.grpo import Grpo
from prism_engine.algorithms.mismatch import token_truncate
from prism_engine.algorithms.objective import Objective, k3, weighted_loss
from prism_engine.contract.algorithms import Grpo as Settings
from tests.engine.algorithms.tokens import double, tokens_with_ratios

GRPO = Grpo(Settings(), 8)


@pytest.fixture
def tokens() -> Tokens:
    """Ratios 1.1 and 0.9; the sampler's probabilities half the learner's; a reference apart."""
    made = tokens_with_ratios([1.1, 0.9], [1.0, 1.0])
    logprobs = made.logprobs.detach()
    return replace(
        made,
        behaviour_logprobs=made.old_logprobs - math.log(2),
        reference_logprobs=logprobs + double([math.log(2), 0.0]),
    )


def test_the_divergence_is_k3(tokens: Tokens) -> None:
    # At a reference twice as likely: 2 - log 2 - 1; at an equal one: 0.
    found = k3(tokens.logprobs, tokens.reference_logprobs)
    assert found.tolist() == pytest.approx([1 - math.log(2), 0.0])


def test_the_loss_is_corrected_and_the_divergence_is_added(tokens: Tokens) -> None:
    objective = Objective(GRPO, token_truncate, 1.5, kl_coefficient=0.5)
    expected = [-1.1 * 1.5 + 0.5 * (1 - math.log(2)), -0.9 * 1.5]
    assert objective.token_loss(tokens).tolist() == pytest.approx(expected)


def test_the_divergence_may_be_weighed_by_the_ratio(tokens: Tokens) -> None:
    objective = Objective(GRPO, kl_coefficient=0.5, kl_bias_correction=True)
    expected = [-1.1 + 0.5 * 1.1 * (1 - math.log(2)), -0.9]
    assert objective.token_loss(tokens).tolist() == pytest.approx(expected)


def test_without_a_reference_there_is_no_divergence(tokens: Tokens) -> None:
    alone = replace(tokens, reference_logprobs=None)
    objective = Objective(GRPO)
    assert objective.token_loss(alone).tolist() == pytest.approx([-1.1, -0.9])
    assert "kl" not in objective.measure(alone)


def test_what_is_measured(tokens: Tokens) -> None:
    measured = Objective(GRPO, token_truncate, 1.5, kl_coefficient=0.5).measure(tokens)
    assert measured["sampler_gap"].tolist() == pytest.approx([math.log(2)] * 2)
    assert measured["mismatch_weight"].tolist() == [1.5, 1.5]
    assert measured["mismatch_masked"].tolist() == [0, 0]
    assert measured["kl"].tolist() == pytest.approx([1 - math.log(2), 0.0])
    assert measured["ratio"].tolist() == pytest.approx([1.1, 0.9])


def test_every_token_weighs_what_its_response_says() -> None:
    losses, row = torch.tensor([1.0, 2.0, 4.0]), torch.tensor([0, 1, 1])
    assert weighted_loss(losses, torch.tensor([0.5, 0.25]), row).item() == 2.0
