"""The game's arithmetic against numbers worked out by hand."""

from math import exp, log, sqrt

import pytest
import torch

from prism_engine.discriminators.pairwise import (
    bounded,
    bradley_terry,
    differences,
    readings,
    score_penalty,
)

DEMONSTRATIONS = torch.tensor([1.0, 0.0])
ROLLOUTS = torch.tensor([[0.0, 1.0, 9.0], [2.0, -1.0, 0.0]])
VALID = torch.tensor([[True, True, False], [True, True, True]])


def negative_log_sigmoid(difference: float) -> float:
    return log(1 + exp(-difference))


def test_bradley_terry_is_the_mean_over_valid_pairs():
    by_hand = sum(negative_log_sigmoid(d) for d in (1, 0, -2, 1, 0)) / 5
    loss = bradley_terry(DEMONSTRATIONS, ROLLOUTS, VALID)
    assert loss.item() == pytest.approx(by_hand, abs=1e-6)


def test_bradley_terry_pushes_a_pair_apart_by_the_chance_of_being_wrong():
    demonstration = torch.tensor([0.5], requires_grad=True)
    rollout = torch.tensor([[-0.5]], requires_grad=True)
    bradley_terry(demonstration, rollout, torch.tensor([[True]])).backward()
    wrong = 1 / (1 + exp(1))
    assert demonstration.grad.item() == pytest.approx(-wrong, abs=1e-6)
    assert rollout.grad.item() == pytest.approx(wrong, abs=1e-6)


def test_invalid_rollouts_get_no_gradient():
    rollouts = ROLLOUTS.clone().requires_grad_()
    loss = bradley_terry(DEMONSTRATIONS, rollouts, VALID)
    (loss + score_penalty(DEMONSTRATIONS, rollouts, VALID)).backward()
    assert rollouts.grad[0, 2] == 0
    assert (rollouts.grad[VALID][[0, 2, 3]] != 0).all()


def test_swapped_sides_swap_the_sign_of_every_difference():
    left, right = torch.tensor([0.7, -1.2]), torch.tensor([0.1, 2.0])
    valid = torch.ones(2, 1, dtype=torch.bool)
    there = differences(left, right[:, None], valid)
    back = differences(right, left[:, None], valid)
    assert torch.equal(there, -back)


def test_score_penalty_weighs_both_sides_alike():
    penalty = score_penalty(DEMONSTRATIONS, ROLLOUTS, VALID)
    by_hand = ((1 + 0) / 2 + (0 + 1 + 4 + 1 + 0) / 5) / 2
    assert penalty.item() == pytest.approx(by_hand)


def test_loss_is_least_at_the_gap_where_penalty_and_reward_balance():
    # With scores g/2 and -g/2 the loss is -log σ(g) + λ·g²/4, least where σ(-g) = λ·g/2.
    weight, best = 0.01, None
    for gap in torch.arange(0, 10, 0.001):
        scores = torch.stack([gap / 2]), torch.stack([-gap / 2])[None]
        valid = torch.tensor([[True]])
        loss = bradley_terry(*scores, valid) + weight * score_penalty(*scores, valid)
        best = min(best or (loss, gap), (loss, gap))
    gap = best[1].item()
    assert 1 / (1 + exp(gap)) == pytest.approx(weight * gap / 2, rel=0.01)


def test_bounded_scores_keep_their_order_and_a_gradient():
    raw = torch.tensor([-40.0, -1.0, 0.0, 1.0, 15.0], requires_grad=True)
    scores = bounded(raw, 10.0)
    scores.sum().backward()
    assert scores.abs().max() <= 10
    assert scores[3].item() == pytest.approx(10 * (exp(0.2) - 1) / (exp(0.2) + 1), abs=1e-6)
    assert raw.grad[4] > 0.1
    assert raw.grad[2] == 1


def test_readings_leave_ties_out_of_the_accuracy():
    measured = readings("perception", DEMONSTRATIONS, ROLLOUTS, VALID)
    both_sides = torch.tensor([1.0, 0, 0, 1, 2, -1, 0])
    assert measured == {
        "gap_perception": pytest.approx((1 + 0 - 2 + 1 + 0) / 5),
        "tie_share_perception": pytest.approx(2 / 5),
        "discriminator_accuracy_perception": pytest.approx(2 / 3),
        "score_spread_perception": pytest.approx(sqrt(both_sides.var().item())),
    }


def test_readings_of_ties_alone_have_no_accuracy():
    measured = readings("reasoning", torch.zeros(1), torch.zeros(1, 2), torch.ones(1, 2) == 1)
    assert "discriminator_accuracy_reasoning" not in measured
    assert measured["tie_share_reasoning"] == 1
    assert measured["gap_reasoning"] == 0


def test_without_a_valid_rollout_nothing_is_read():
    assert readings("reasoning", DEMONSTRATIONS, ROLLOUTS, torch.zeros_like(VALID)) == {}
