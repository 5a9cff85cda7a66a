"""The game's arithmetic against numbers worked out by hand."""

from math import exp, log, sqrt

import pytest
import torch

from prism_engine.contract.discriminators import Game
from prism_engine.discriminators.discriminator import ChannelScores, Scores
from prism_engine.discriminators.pairwise import (
    bounded,
    bradley_terry,
    differences,
    game_loss,
    measure_scores,
    readings,
    saturation_gap,
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


def test_label_smoothing_takes_a_share_of_pairs_the_other_way_round():
    by_hand = sum(
        0.9 * negative_log_sigmoid(d) + 0.1 * negative_log_sigmoid(-d) for d in (1, 0, -2, 1, 0)
    )
    loss = bradley_terry(DEMONSTRATIONS, ROLLOUTS, VALID, label_smoothing=0.1)
    assert loss.item() == pytest.approx(by_hand / 5, abs=1e-6)


def test_the_loss_of_a_game_of_two_channels_by_hand():
    other = ChannelScores(torch.tensor([2.0]), torch.tensor([[-1.0, 0.0]]))
    one = ChannelScores(torch.tensor([0.5]), torch.tensor([[0.5, 7.0]]))
    scores = Scores(
        {"perception": one, "reasoning": other},
        valid=torch.tensor([[True, False]]),
        load_balance=torch.tensor(1.5),
    )
    game = Game(score_penalty=0.1, load_balance=0.2, label_smoothing=0.25)
    told_apart = log(2) + 0.75 * negative_log_sigmoid(3) + 0.25 * negative_log_sigmoid(-3)
    penalty = ((0.25 + 0.25) / 2 + (4 + 1) / 2) / 2
    by_hand = told_apart + 0.1 * penalty + 0.2 * 1.5
    assert game_loss(scores, game).item() == pytest.approx(by_hand, abs=1e-6)


@pytest.mark.parametrize(
    ("settings", "channels", "gap"),
    [
        # σ(-g) = λ·g/4, worked out to three digits in the analysis of the paper's curves.
        ({"score_penalty": 0.001}, 2, 6.43),
        ({"score_penalty": 0.005}, 2, 5.06),
        ({"score_penalty": 0.01}, 2, 4.48),
        # One channel alone pays all of the penalty: as two would at twice the weight.
        ({"score_penalty": 0.005}, 1, 4.48),
        # Smoothing alone holds the gap where σ(-g) = ε.
        ({"score_penalty": 0.0, "label_smoothing": 0.1}, 2, log(9)),
        # Nothing holds it but the bound of the scores.
        ({"score_penalty": 0.0}, 2, 20.0),
        ({"score_penalty": 0.001, "score_clip": 2.0}, 2, 4.0),
    ],
)
def test_saturation(settings: dict[str, float], channels: int, gap: float):
    assert saturation_gap(Game(**settings), channels) == pytest.approx(gap, abs=0.005)


@pytest.mark.parametrize("channels", [("perception", "reasoning"), ("response",)])
@pytest.mark.parametrize(
    "settings",
    [
        {"score_penalty": 0.001},
        {"score_penalty": 0.01},
        {"score_penalty": 0.01, "label_smoothing": 0.1},
        {"score_penalty": 0.01, "score_clip": 3.0},
    ],
)
def test_scores_that_are_free_to_move_settle_at_the_saturation_gap(
    settings: dict[str, float], channels: tuple[str, ...]
):
    """Three prompts of four rollouts, all told apart: descent ends where the formula says."""
    game = Game(**settings)
    raw = {
        channel: (torch.zeros(3, dtype=torch.float64, requires_grad=True),
                  torch.zeros(3, 4, dtype=torch.float64, requires_grad=True))
        for channel in channels
    }  # fmt: skip
    free = [scores for sides in raw.values() for scores in sides]
    optimizer = torch.optim.LBFGS(
        free, max_iter=500, tolerance_grad=1e-12, tolerance_change=1e-14,
        line_search_fn="strong_wolfe",
    )  # fmt: skip

    def scores() -> Scores:
        return Scores(
            {
                channel: ChannelScores(*(bounded(side, game.score_clip) for side in sides))
                for channel, sides in raw.items()
            },
            valid=torch.ones(3, 4, dtype=torch.bool),
            load_balance=torch.zeros(()),
        )

    def closure() -> torch.Tensor:
        optimizer.zero_grad()
        loss = game_loss(scores(), game)
        loss.backward()
        return loss

    optimizer.step(closure)
    for channel in channels:
        settled = measure_scores(scores())[f"gap_{channel}"]
        assert settled == pytest.approx(saturation_gap(game, len(channels)), abs=2e-3)


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
