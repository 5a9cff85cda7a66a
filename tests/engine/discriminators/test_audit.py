"""Every verdict, from constructed games and by hand-computed figures."""

from __future__ import annotations

from itertools import product

import pytest
import torch
from torch import Tensor

from prism_engine.benchmarks.statistics import share
from prism_engine.contract.events import Estimate, ExpertAudit
from prism_engine.discriminators.audit import (
    HeldOut,
    Ruling,
    examine,
    length_accuracy,
    looks_saturated,
    rule,
)

SATURATION = 6.43


def held_out(demonstrations, rollouts, *, longer=None, valid=None) -> HeldOut:
    """Pairs whose demonstrations are `longer` than the rollouts by so many tokens, (P, G)."""
    rollouts = torch.tensor(rollouts)
    longer = torch.zeros(rollouts.shape, dtype=torch.int64) if longer is None else longer
    return HeldOut(
        demonstrations=torch.tensor(demonstrations),
        rollouts=rollouts,
        demonstration_lengths=torch.full((len(rollouts),), 50),
        rollout_lengths=50 - longer,
        valid=torch.ones(rollouts.shape, dtype=torch.bool) if valid is None else valid,
    )


def test_figures_of_a_hand_computed_game():
    pairs = held_out(
        [1.0, 2.0],
        [[0.0, 1.0, 9.0], [3.0, 0.5, 1.0]],
        valid=torch.tensor([[True, True, False], [True, True, True]]),
    )
    found = examine(pairs, SATURATION)
    # Differences 1, 0 | -1, 1.5, 1: one tie, three of four told apart.
    assert found.accuracy == share(3, 4)
    assert found.ties == 1
    assert found.gap == pytest.approx(0.5)
    scores = torch.tensor([1, 2, 0, 1, 3, 0.5, 1], dtype=torch.float64)
    assert found.score_spread == pytest.approx(scores.std().item())
    assert found.saturation_gap == SATURATION
    assert found.length_accuracy is None


def test_an_expert_that_sees_no_difference_has_no_accuracy():
    found = examine(held_out([1.0], [[1.0, 1.0]]), SATURATION)
    assert found.accuracy is None
    assert found.ties == 2


def test_each_half_of_the_prompts_is_judged_by_what_the_other_half_shows():
    # Even prompts: longer in three of three pairs that differ. Odd prompts: longer in two of
    # three. Both directions say that demonstrations are longer: 3 + 2 of 6 pairs are right.
    longer = torch.tensor([[5, 5], [5, -5], [5, 0], [5, 0]])
    scores = [[0.0, 0.0]] * 4
    assert length_accuracy(held_out([0.0] * 4, scores, longer=longer)) == share(5, 6)


def test_halves_that_contradict_each_other_are_judged_wrong():
    longer = torch.tensor([[5, 5], [-5, -5]])
    assert length_accuracy(held_out([0.0] * 2, [[0.0] * 2] * 2, longer=longer)) == share(0, 4)


def test_a_half_without_a_direction_judges_nothing():
    longer = torch.tensor([[5, -5], [5, 5]])
    assert length_accuracy(held_out([0.0] * 2, [[0.0] * 2] * 2, longer=longer)) == share(1, 2)


def test_lengths_of_malformed_rollouts_are_not_looked_at():
    longer = torch.tensor([[5, -50], [5, -50]])
    valid = torch.tensor([[True, False], [True, False]])
    pairs = held_out([0.0] * 2, [[0.0] * 2] * 2, longer=longer, valid=valid)
    assert length_accuracy(pairs) == share(2, 2)


def test_lengths_that_say_nothing_give_one_half():
    """Over all ways that four pairs can fall out, a judge without knowledge is right half the time.

    A direction fitted on the very pairs that it is tried on would be right in 11 of 16.
    """
    judged = [
        length_accuracy(
            held_out([0.0] * 4, [[0.0]] * 4, longer=torch.tensor([[way] for way in ways]))
        )
        for ways in product((-1, 1), repeat=4)
    ]
    pairs = sum(each.n for each in judged if each)
    assert sum(each.value * each.n for each in judged if each) / pairs == 0.5


def game(
    seed: int = 0,
    *,
    advantage: float = 1.0,
    scale: float = 1.0,
    longer: Tensor | None = None,
    ties: int = 0,
) -> ExpertAudit:
    """Examine 400 pairs: demonstrations score `advantage` deviations above rollouts.

    There is one prompt for every eight pairs, but where the sides are alike there is one for each:
    chance then decides every pair anew, as the interval supposes.
    """
    generator = torch.Generator().manual_seed(seed)
    prompts, group = (50, 8) if advantage else (400, 1)
    demonstrations = torch.randn(prompts, generator=generator) + advantage
    rollouts = torch.randn(prompts, group, generator=generator)
    rollouts[:, :ties] = demonstrations[:, None]
    return examine(
        held_out((demonstrations * scale).tolist(), (rollouts * scale).tolist(), longer=longer),
        SATURATION,
    )


def ruled(
    *experts: ExpertAudit, valid: int = 400, rollouts: int = 400, saturated_audits: int = 0
) -> Ruling:
    named = dict(zip(("perception", "reasoning"), experts, strict=False))
    return rule(named, valid, rollouts, dict.fromkeys(named, saturated_audits))


def test_healthy():
    found = ruled(game(0), game(1))
    assert found.verdict == "healthy"
    assert "perception expert tells 7" in found.reason
    assert "reasoning expert tells 7" in found.reason
    assert found.reason.endswith("Nothing needs doing.")


def test_matched():
    found = ruled(game(2, advantage=0.0), game(3, advantage=0.0))
    assert found.verdict == "matched"
    assert "no more than chance" in found.reason


def test_one_expert_that_is_matched_does_not_end_the_game():
    found = ruled(game(2, advantage=0.0), game(1))
    assert found.verdict == "healthy"
    assert "the policy has caught up there" in found.reason


def test_a_policy_that_is_ahead_is_no_match():
    found = ruled(game(0, advantage=-1.0))
    assert found.verdict == "healthy"
    assert "prefers the demonstration in 2" in found.reason
    assert "the policy is ahead of it" in found.reason


def test_scores_that_hardly_differ_are_no_match():
    found = ruled(game(2, advantage=0.0, scale=0.01))
    assert found.verdict is None
    assert "may not have learned to tell yet" in found.reason


@pytest.mark.parametrize(("audits", "verdict"), [(1, "healthy"), (2, "healthy"), (3, "saturated")])
def test_saturated_is_said_at_the_third_audit_running(audits: int, verdict: str):
    winner = game(advantage=8.0)
    assert looks_saturated(winner)
    assert ruled(winner, saturated_audits=audits).verdict == verdict


def test_a_gap_near_the_analytic_one_is_saturation_too():
    assert looks_saturated(game(advantage=2.0, scale=0.9 * SATURATION / 1.9))
    assert not looks_saturated(game(advantage=2.0))
    assert game(advantage=2.0).accuracy.value < 0.97


def test_saturated_tells_what_it_means():
    reason = ruled(game(advantage=8.0), saturated_audits=3).reason
    assert "100% of held-out pairs" in reason
    assert "6.43 is all that its loss allows" in reason
    assert "learning rate" in reason


def lengths(share_longer: float, prompts: int = 50) -> Tensor:
    generator = torch.Generator().manual_seed(9)
    longer = torch.rand(prompts, 400 // prompts, generator=generator) < share_longer
    return torch.where(longer, 7, -7)


def test_leaking():
    found = ruled(game(4, longer=lengths(0.8)), game(1))
    assert found.verdict == "leaking"
    assert found.reason.startswith("Length alone tells 79% of held-out pairs apart, and the perc")
    assert "reasoning" not in found.reason


def test_length_that_explains_less_than_four_fifths_is_no_leak():
    expert = game(4, advantage=3.0, longer=lengths(0.8))
    assert expert.length_accuracy.low > 0.6
    assert expert.accuracy.value > 0.95
    assert ruled(expert).verdict == "healthy"


def test_length_that_might_be_chance_is_no_leak():
    expert = game(4, advantage=0.3, longer=lengths(0.62))
    assert expert.length_accuracy.low < 0.6
    assert ruled(expert).verdict == "healthy"


def test_an_expert_that_knows_nothing_does_not_leak():
    assert ruled(game(2, advantage=0.0, longer=lengths(0.8, prompts=400))).verdict == "matched"


def test_collapsed_scores():
    found = ruled(game(scale=1e-4), game(1))
    assert found.verdict == "collapsed"
    assert "All perception scores are the same" in found.reason


def test_collapsed_form():
    found = ruled(game(), valid=150, rollouts=400)
    assert found.verdict == "collapsed"
    assert found.reason.startswith("Only 38% of 400 held-out rollouts")
    assert rule({}, 0, 400, {}).verdict == "collapsed"


def test_nothing_is_said_of_fewer_than_200_pairs():
    assert ruled(game(), valid=199, rollouts=200).verdict is None
    assert ruled(game(), valid=200, rollouts=200).verdict == "healthy"
    found = ruled(game(advantage=8.0), valid=90, rollouts=120, saturated_audits=3)
    assert found.verdict is None
    assert found.reason.startswith("90 held-out pairs are too few to tell; 200 are needed.")
    assert rule({}, 0, 100, {}).verdict is None


def test_pairs_of_equal_score_do_not_count():
    expert = game(ties=5)
    assert expert.accuracy.n == 150
    found = ruled(expert)
    assert found.verdict is None
    assert found.reason.startswith("250 of 400 held-out pairs have equal perception scores")
    assert ruled(expert, game(1)).verdict == "healthy"


def test_estimates_are_intervals_of_the_pairs_told_apart():
    accuracy = game().accuracy
    assert isinstance(accuracy, Estimate)
    assert accuracy.n == 400
    assert accuracy == share(round(accuracy.value * 400), 400)
