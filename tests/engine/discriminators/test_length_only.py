from __future__ import annotations

from math import log
from pathlib import Path

import pytest
import torch

from prism_engine.contract.discriminators import Game, LengthOnly
from prism_engine.contract.settings import Optimizer
from prism_engine.discriminators import load_discriminator
from prism_engine.discriminators.discriminator import Rules
from prism_engine.discriminators.length_only import LengthOnlyDiscriminator, length_features
from prism_engine.discriminators.sections import EXPERTS, encode_section
from prism_engine.errors import InvalidModel
from prism_engine.policy.policy import Policy
from tests.engine.discriminators.game import response, sections

RULES = Rules(Game(optimizer=Optimizer(learning_rate=0.05)), steps=100, longest_section=400)


@pytest.fixture
def discriminator(tiny_policy: Policy) -> LengthOnlyDiscriminator:
    return LengthOnlyDiscriminator.fresh(tiny_policy, LengthOnly(), RULES, torch.Generator())


def test_features_of_a_length():
    assert length_features(torch.tensor([1, 150])).tolist() == [
        [0, pytest.approx(0.01)],
        [pytest.approx(log(150)), 1.5],
    ]


def test_a_score_is_that_of_the_length_alone(discriminator, draw_texts, tiny_policy: Policy):
    with torch.no_grad():
        discriminator.model.weight.copy_(torch.tensor([[1.0, 0.0], [0.0, 2.0]]))
    drawn = draw_texts([[response("- blue", "aaa"), response("- long one", "aa")]])
    scores = discriminator.score(drawn, [sections("- pink", "bbb")])
    perception, reasoning = scores.channels.values()
    caption = EXPERTS["perception"](sections("- pink"))
    length = len(encode_section(caption, tiny_policy.processor, 400))
    assert length == len("<caption>\n- pink\n</caption>") + 1
    expected = 10 * torch.tensor(log(length) / 10).tanh()
    assert perception.demonstrations.item() == pytest.approx(expected.item(), abs=1e-6)
    assert perception.rollouts[0, 0] == perception.demonstrations[0] < perception.rollouts[0, 1]
    assert reasoning.rollouts[0, 0] == reasoning.demonstrations[0] > reasoning.rollouts[0, 1]
    assert scores.load_balance == 0


def test_it_learns_which_side_is_longer_and_nothing_where_lengths_are_alike(
    discriminator, draw_texts
):
    demonstrations = [sections("- red\n- blue", "aaa"), sections("- green\n- ivory", "b")]
    drawn = draw_texts([[response("- red", "bbb")], [response("- green", "c")]])
    for step in range(1, 41):
        measured = discriminator.learn(discriminator.score(drawn, demonstrations), step)
    assert measured["discriminator_accuracy_perception"] == 1
    assert measured["gap_perception"] > 0.3
    assert measured["tie_share_reasoning"] == 1
    assert "discriminator_accuracy_reasoning" not in measured


def test_saved_loaded_and_resumed(discriminator, draw_texts, tiny_policy: Policy, tmp_path: Path):
    demonstrations, drawn = [sections("- red\n- blue")], draw_texts([[response("- red", "longer")]])
    for step in range(1, 4):
        discriminator.learn(discriminator.score(drawn, demonstrations), step)
    saved = {name: value.clone() for name, value in discriminator.state().items()}
    discriminator.export(tmp_path)
    exported = load_discriminator(tmp_path, tiny_policy, RULES)
    resumed = LengthOnlyDiscriminator(tiny_policy.processor, RULES)
    resumed.load_state(saved)
    scores = [d.score(drawn, demonstrations) for d in (discriminator, exported, resumed)]
    for channel in EXPERTS:
        one, two, three = (s.channels[channel].rollouts for s in scores)
        assert torch.equal(one, two)
        assert torch.equal(one, three)
    for again in (discriminator, resumed):
        again.learn(again.score(drawn, demonstrations), 4)
    assert torch.equal(discriminator.model.weight, resumed.model.weight)


def test_one_that_counts_other_tokens_is_refused(discriminator, tiny_policy: Policy, tmp_path):
    discriminator.export(tmp_path)
    tokenizer = tmp_path / "tokenizer.json"
    tokenizer.write_text(tokenizer.read_text().replace("<|video_pad|>", "<|film_pad|>"))
    with pytest.raises(InvalidModel, match="does not count the policy's tokens"):
        load_discriminator(tmp_path, tiny_policy, RULES)
