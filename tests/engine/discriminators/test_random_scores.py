from __future__ import annotations

from pathlib import Path

import pytest
import torch

from prism_engine.contract.discriminators import Game, RandomScores
from prism_engine.discriminators import load_discriminator
from prism_engine.discriminators.discriminator import Rules, Scores
from prism_engine.discriminators.random_scores import RandomDiscriminator
from prism_engine.discriminators.sections import EXPERTS
from prism_engine.policy.policy import Policy
from tests.engine.discriminators.game import response, sections

RULES = Rules(Game(), steps=10, longest_section=400)


def fresh(policy: Policy, seed: int) -> RandomDiscriminator:
    generator = torch.Generator().manual_seed(seed)
    return RandomDiscriminator.fresh(policy, RandomScores(), RULES, generator)


def equal(one: Scores, other: Scores) -> bool:
    pairs = [(one.channels[channel], other.channels[channel]) for channel in EXPERTS]
    return all(
        torch.equal(here.rollouts, there.rollouts)
        and torch.equal(here.demonstrations, there.demonstrations)
        for here, there in pairs
    )


def test_scores_depend_on_seed_prompt_and_text_alone(tiny_policy: Policy, draw_texts):
    drawn = draw_texts([[response("- a"), response("- b")], [response("- a"), response("- a")]])
    demonstrations = [sections("- a"), sections("- b")]
    scores = fresh(tiny_policy, 0).score(drawn, demonstrations)
    perception = scores.channels["perception"]
    assert perception.rollouts[0, 0] == perception.demonstrations[0]
    assert perception.rollouts[1, 0] == perception.rollouts[1, 1]
    assert perception.rollouts[0, 0] != perception.rollouts[1, 0]
    assert perception.rollouts[0, 1] != perception.rollouts[0, 0]
    assert equal(scores, fresh(tiny_policy, 0).score(drawn, demonstrations))
    assert not equal(scores, fresh(tiny_policy, 1).score(drawn, demonstrations))


def test_scores_are_spread_evenly_and_tell_nothing(tiny_policy: Policy, draw_texts):
    drawn = draw_texts([[response(f"- {number}", "longer" * number) for number in range(300)]])
    scores = fresh(tiny_policy, 0).score(drawn, [sections("- x")])
    measured = fresh(tiny_policy, 0).learn(scores, step=1)
    rollouts = scores.channels["perception"].rollouts
    assert rollouts.abs().max() < 1
    assert rollouts.mean().item() == pytest.approx(0, abs=0.12)
    assert measured["score_spread_perception"] == pytest.approx(3**-0.5, abs=0.05)
    assert "discriminator_loss" not in measured


def test_nothing_is_learned_and_the_seed_is_kept(tiny_policy: Policy, draw_texts, tmp_path: Path):
    drawn, demonstrations = draw_texts([[response("- a"), response("- b")]]), [sections("- c")]
    discriminator = fresh(tiny_policy, 0)
    before = discriminator.score(drawn, demonstrations)
    discriminator.learn(before, step=1)
    resumed = fresh(tiny_policy, 1)
    resumed.load_state(discriminator.state())
    discriminator.export(tmp_path)
    exported = load_discriminator(tmp_path, tiny_policy, RULES)
    for again in (discriminator, resumed, exported):
        assert equal(before, again.score(drawn, demonstrations))
