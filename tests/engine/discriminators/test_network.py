"""Networks against the slow way: every section alone, behind its own prompt."""

from pathlib import Path

import pytest
import torch
from PIL import Image
from safetensors.torch import load_file

from prism_engine.batch import Drawn
from prism_engine.contract.discriminators import Dense, Game, Moe
from prism_engine.contract.settings import Optimizer, Settings
from prism_engine.data.response import Sections
from prism_engine.discriminators import load_discriminator
from prism_engine.discriminators.discriminator import ChannelScores, Rules, Scores
from prism_engine.discriminators.moe import MoeDiscriminator
from prism_engine.discriminators.network import NetworkDiscriminator
from prism_engine.discriminators.pairwise import bounded, bradley_terry
from prism_engine.discriminators.sections import encode_section
from prism_engine.errors import Diverged, InvalidModel
from prism_engine.policy.families import FAMILIES
from prism_engine.policy.policy import Policy
from tests.engine.discriminators.game import NETWORKS, response, sections

DEMONSTRATIONS = [sections("- red", "one two"), sections("- blue\n- green", "c")]
GROUPS = [
    [response("- red", "one"), response("- rose", "one two"), response("- red", "one")],
    [response("- blue\n- green", "c"), "no form at all", response("- blue", "c d")],
]
LONGEST = 400
RULES = Rules(Game(), steps=10, longest_section=LONGEST)


@pytest.fixture(params=NETWORKS)
def settings(request: pytest.FixtureRequest) -> Settings:
    return NETWORKS[request.param]


def scored_alone(
    discriminator: NetworkDiscriminator, drawn: Drawn, prompt: int, said: Sections, channel: str
) -> torch.Tensor:
    """Prompt and section in one plain forward of one row, without padding, cache or sharing."""
    prompts = discriminator.seen(drawn.prompts).select(prompt, prompt + 1)
    start = int((~prompts.attention_mask).sum())
    text = discriminator.channels[channel](said)
    ids = torch.tensor([encode_section(text, discriminator.processor, LONGEST)])
    places = prompts.next_position + torch.arange(ids.shape[1])
    states = discriminator.scorer.model(
        input_ids=torch.cat([prompts.input_ids[:, start:], ids], dim=1),
        position_ids=torch.cat(
            [prompts.position_ids[:, :, start:], places.expand(3, 1, -1)], dim=2
        ),
        pixel_values=prompts.pixel_values if len(prompts.grid_thw) else None,
        image_grid_thw=prompts.grid_thw if len(prompts.grid_thw) else None,
        use_cache=False,
    ).last_hidden_state
    tokens = {"end": 1, "mean": ids.shape[1]}[discriminator.scorer.config.pooling]
    return bounded(discriminator.scorer.score(states[0, -tokens:]).mean(), 10.0)


def slow_scores(discriminator: NetworkDiscriminator, drawn: Drawn) -> Scores:
    group = drawn.rollouts_per_prompt
    channels = {}
    for channel in discriminator.channels:
        demonstrations = [
            scored_alone(discriminator, drawn, prompt, said, channel)
            for prompt, said in enumerate(DEMONSTRATIONS)
        ]
        rollouts = [
            scored_alone(discriminator, drawn, row // group, said, channel)
            if said
            else torch.tensor(0.0)
            for row, said in enumerate(drawn.sections)
        ]
        channels[channel] = ChannelScores(
            torch.stack(demonstrations), torch.stack(rollouts).view(-1, group)
        )
    return Scores(channels, drawn.valid.view(-1, group), torch.tensor(0.0))


def gradients(discriminator: NetworkDiscriminator, scores: Scores) -> dict[str, torch.Tensor]:
    discriminator.scorer.zero_grad()
    loss = sum(
        bradley_terry(both.demonstrations, both.rollouts, scores.valid)
        for both in scores.channels.values()
    )
    loss.backward()
    return {
        name: weight.grad.clone()
        for name, weight in discriminator.scorer.named_parameters()
        if weight.grad is not None
    }


def assert_as_the_slow_way(discriminator: NetworkDiscriminator, drawn: Drawn) -> None:
    fast, slow = discriminator.score(drawn, DEMONSTRATIONS), slow_scores(discriminator, drawn)
    for channel in discriminator.channels:
        there, back = fast.channels[channel], slow.channels[channel]
        torch.testing.assert_close(there.demonstrations, back.demonstrations, rtol=0, atol=2e-6)
        torch.testing.assert_close(
            there.rollouts[fast.valid], back.rollouts[fast.valid], rtol=0, atol=2e-6
        )
    expected = gradients(discriminator, slow)
    found = gradients(discriminator, fast)
    assert expected.keys() == found.keys()
    for name in expected:
        scale = expected[name].abs().max().item()
        torch.testing.assert_close(found[name], expected[name], rtol=1e-3, atol=1e-4 * scale + 1e-9)


def test_scores_and_gradients_are_those_of_the_slow_way(make_discriminator, draw_texts, settings):
    discriminator = make_discriminator(settings)
    assert_as_the_slow_way(discriminator, draw_texts(GROUPS))
    seeing = [name for name in gradients_of(discriminator) if name.startswith("model.visual")]
    assert len(seeing) == 0 if settings.kind == "text_only" else len(seeing) > 10


@pytest.mark.parametrize("settings", [Moe(), Dense()], ids=["moe", "dense"])
def test_the_other_family_scores_as_the_slow_way_and_is_loaded_again(
    make_discriminator, draw_texts, tiny_folders: dict[str, Path], tmp_path: Path, settings
):
    policy = Policy.load(tiny_folders["qwen2_5_vl"], torch.float32, torch.device("cpu"))
    discriminator, drawn = make_discriminator(settings, policy=policy), draw_texts(GROUPS)
    assert_as_the_slow_way(discriminator, drawn)
    discriminator.export(tmp_path)
    loaded = load_discriminator(tmp_path, policy, RULES)
    assert type(loaded.scorer.model) is FAMILIES["qwen2_5_vl"].body
    for channel, both in discriminator.score(drawn, DEMONSTRATIONS).channels.items():
        after = loaded.score(drawn, DEMONSTRATIONS).channels[channel]
        assert torch.equal(both.rollouts, after.rollouts)


@pytest.mark.parametrize("most_tokens", [200, 1], ids=["parts", "rows"])
def test_what_is_scored_in_parts_is_scored_alike(make_discriminator, draw_texts, most_tokens: int):
    assert_as_the_slow_way(make_discriminator(tokens_per_pass=most_tokens), draw_texts(GROUPS))


def gradients_of(discriminator: NetworkDiscriminator) -> list[str]:
    return [name for name, w in discriminator.scorer.named_parameters() if w.grad is not None]


def test_identical_text_gets_exactly_the_same_score(make_discriminator, draw_texts):
    scores = make_discriminator().score(draw_texts(GROUPS), DEMONSTRATIONS)
    perception, reasoning = scores.channels.values()
    assert perception.rollouts[0, 0] == perception.demonstrations[0] == perception.rollouts[0, 2]
    assert perception.rollouts[1, 0] == perception.demonstrations[1]
    assert reasoning.rollouts[0, 1] == reasoning.demonstrations[0]
    assert reasoning.rollouts[1, 0] == reasoning.demonstrations[1]
    assert perception.rollouts[0, 1] != perception.demonstrations[0]


@pytest.mark.parametrize("longest", [12, LONGEST], ids=["cut", "whole"])
@pytest.mark.parametrize("length", [1, 30], ids=["short", "long"])
def test_swapped_sides_swap_scores_exactly(
    make_discriminator, draw_texts, settings, longest, length
):
    one, other = ("- red " * length, "a " * length), ("- blue", "b")
    discriminator = make_discriminator(settings, longest_section=longest)
    there = discriminator.score(draw_texts([[response(*other)]]), [sections(*one)])
    back = discriminator.score(draw_texts([[response(*one)]]), [sections(*other)])
    for channel in discriminator.channels:
        assert there.channels[channel].demonstrations[0] == back.channels[channel].rollouts[0, 0]
        assert there.channels[channel].rollouts[0, 0] == back.channels[channel].demonstrations[0]


def test_the_reasoning_expert_sees_no_caption_and_the_perception_expert_nothing_else(
    make_discriminator, draw_texts
):
    discriminator, demonstrations = make_discriminator(), [sections("- red", "c", "1")]
    before = discriminator.score(draw_texts([[response("- red", "c", "1")]]), demonstrations)
    after = discriminator.score(draw_texts([[response("- red", "dd", "2")]]), demonstrations)
    assert after.channels["perception"].rollouts == before.channels["perception"].rollouts
    assert after.channels["reasoning"].rollouts != before.channels["reasoning"].rollouts


def test_only_the_text_only_one_does_not_see_the_image(
    make_discriminator, draw_texts, settings, pictures: list[Image.Image]
):
    discriminator = make_discriminator(settings)
    one, other = (
        discriminator.score(draw_texts([GROUPS[0]], first_picture=first), DEMONSTRATIONS[:1])
        for first in (0, 1)
    )
    alike = [
        torch.equal(one.channels[channel].rollouts, other.channels[channel].rollouts)
        for channel in discriminator.channels
    ]
    assert pictures[0].size == pictures[1].size
    assert all(alike) if settings.kind == "text_only" else not any(alike)


def test_learning_tells_the_sides_apart_and_reports_on_fresh_scores(
    make_discriminator, draw_texts, settings
):
    discriminator, drawn = make_discriminator(settings), draw_texts(GROUPS)
    first = discriminator.learn(discriminator.score(drawn, DEMONSTRATIONS), step=1)
    for step in range(2, 9):
        last = discriminator.learn(discriminator.score(drawn, DEMONSTRATIONS), step)
    channel = list(discriminator.channels)[-1]
    assert last["discriminator_loss"] < first["discriminator_loss"]
    assert last[f"gap_{channel}"] > first[f"gap_{channel}"]
    assert last[f"discriminator_accuracy_{channel}"] == 1


@pytest.mark.parametrize(("score_penalty", "gap", "steps"), [(0.001, 6.43, 100), (0.01, 4.48, 60)])
def test_a_network_that_wins_every_pair_settles_at_the_saturation_gap(
    make_discriminator, draw_texts, score_penalty: float, gap: float, steps: int
):
    optimizer = Optimizer(learning_rate=1e-2, weight_decay=0.0, schedule="cosine")
    discriminator = make_discriminator(
        score_penalty=score_penalty, optimizer=optimizer, steps=steps
    )
    drawn = draw_texts([[response("- a", "b"), response("- aa", "bb")]])
    for step in range(1, steps + 1):
        scores = discriminator.score(drawn, [sections("- Z!", "Y!")])
        measured = discriminator.learn(scores, step)
    assert measured["gap_perception"] == pytest.approx(gap, abs=0.05)
    assert measured["gap_reasoning"] == pytest.approx(gap, abs=0.05)


def test_pairs_that_say_the_same_are_counted_as_ties(make_discriminator, draw_texts):
    discriminator = make_discriminator()
    measured = discriminator.learn(discriminator.score(draw_texts(GROUPS), DEMONSTRATIONS), 1)
    # Five valid captions, three of which say what the demonstration says; so do two reasonings.
    assert measured["tie_share_perception"] == pytest.approx(3 / 5)
    assert measured["tie_share_reasoning"] == pytest.approx(2 / 5)


def test_without_a_valid_rollout_nothing_is_learned_or_reported(make_discriminator, draw_texts):
    discriminator = make_discriminator()
    before = {name: value.clone() for name, value in discriminator.state().items()}
    scores = discriminator.score(draw_texts([["x"], ["y"]]), DEMONSTRATIONS)
    assert discriminator.learn(scores, step=1) == {}
    assert all(torch.equal(before[name], value) for name, value in discriminator.state().items())


def test_a_loss_that_is_not_finite_leaves_the_weights_alone(make_discriminator, draw_texts):
    discriminator = make_discriminator()
    scores = discriminator.score(draw_texts(GROUPS), DEMONSTRATIONS)
    scores.channels["perception"].demonstrations.data.fill_(float("nan"))
    before = {name: value.clone() for name, value in discriminator.state().items()}
    with pytest.raises(Diverged, match=r"step 3.*discriminator"):
        discriminator.learn(scores, step=3)
    assert all(torch.equal(before[name], value) for name, value in discriminator.state().items())


def test_a_resumed_discriminator_goes_on_bit_for_bit(make_discriminator, draw_texts, settings):
    drawn = draw_texts(GROUPS)

    def play(discriminator: NetworkDiscriminator, steps: range) -> dict[str, torch.Tensor]:
        for step in steps:
            discriminator.learn(discriminator.score(drawn, DEMONSTRATIONS), step)
        return {name: value.clone() for name, value in discriminator.state().items()}

    undisturbed = play(make_discriminator(settings), range(1, 4))
    saved = play(make_discriminator(settings), range(1, 3))
    resumed = make_discriminator(settings, seed=7)
    resumed.load_state(saved)
    after = play(resumed, range(3, 4))
    assert undisturbed.keys() == after.keys()
    assert all(torch.equal(undisturbed[name], after[name]) for name in after)


def test_activations_in_bfloat16_change_scores_by_rounding_alone(
    make_discriminator, draw_texts, tiny_folder: Path
):
    discriminator, drawn = make_discriminator(), draw_texts(GROUPS)
    policy = Policy.load(tiny_folder, torch.bfloat16, torch.device("cpu"))
    coarse = MoeDiscriminator(discriminator.scorer, policy.processor, RULES, policy.dtype)
    exact = discriminator.score(drawn, DEMONSTRATIONS).channels["reasoning"].demonstrations
    rounded = coarse.score(drawn, DEMONSTRATIONS).channels["reasoning"].demonstrations
    assert rounded.dtype is torch.float32
    assert not torch.equal(exact, rounded)
    torch.testing.assert_close(exact, rounded, rtol=0.05, atol=0.02)


def test_an_exported_discriminator_gives_the_same_scores(
    make_discriminator, draw_texts, tiny_policy: Policy, tmp_path: Path, settings
):
    discriminator, drawn = make_discriminator(settings), draw_texts(GROUPS)
    discriminator.export(tmp_path)
    loaded = load_discriminator(tmp_path, tiny_policy, RULES)
    assert type(loaded) is type(discriminator)
    assert loaded.scorer.config.pooling == settings.pooling
    assert "score.weight" in load_file(tmp_path / "model.safetensors")
    for channel in discriminator.channels:
        before = discriminator.score(drawn, DEMONSTRATIONS).channels[channel]
        after = loaded.score(drawn, DEMONSTRATIONS).channels[channel]
        assert torch.equal(before.demonstrations, after.demonstrations)
        assert torch.equal(before.rollouts, after.rollouts)


def test_a_discriminator_that_sees_images_otherwise_is_refused(
    make_discriminator, tiny_policy: Policy, tmp_path: Path
):
    make_discriminator().export(tmp_path)
    settings = tmp_path / "preprocessor_config.json"
    settings.write_text(settings.read_text().replace("4096", "8192"))
    with pytest.raises(InvalidModel, match="does not read text and images as the policy does"):
        load_discriminator(tmp_path, tiny_policy, RULES)
