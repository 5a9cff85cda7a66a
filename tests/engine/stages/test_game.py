"""Both sides of the game through the real data path: disk, sampler, parser, tokenizer, model."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import torch

from prism_engine.contract.events import Log
from prism_engine.data.records import DataSet, Record
from prism_engine.discriminators.sections import EXPERTS
from prism_engine.errors import InvalidData
from prism_engine.policy.policy import Policy
from prism_engine.stages.game import below_batch, below_group, demonstrated_sections
from prism_engine.stages.warmup import Warmup
from tests.engine.stages.parrot import audits_in, events_in, stage_in_which
from tests.engine.stages.toy import CURATED

LONG = "- a\n" * 12
TEXTS = {
    "short": CURATED,
    "long": f"<caption>{LONG}</caption>\n<think>{LONG}</think>\n<answer>1</answer>",
}
WORSE = CURATED.replace("a\n- b", "b").replace("tt", "t")


@pytest.mark.parametrize("longest", [10, 30, 300], ids=["far over", "over", "within"])
@pytest.mark.parametrize("beside", ["short", "long"], ids=["unpadded", "padded"])
@pytest.mark.parametrize("said", TEXTS)
def test_a_policy_that_says_what_is_demonstrated_cannot_be_told_apart(
    tiny_policy: Policy, tmp_path: Path, said: str, beside: str, longest: int
):
    texts = [TEXTS[said], TEXTS[said], TEXTS[beside]]
    stage = stage_in_which(tiny_policy, tmp_path, [TEXTS[said]], texts, longest_section=longest)
    scores = stage.collect(1).scores
    for channel in EXPERTS:
        both = scores.channels[channel]
        assert torch.equal(both.rollouts[:, 0], both.demonstrations)
        assert torch.equal(both.rollouts[:, 1], both.demonstrations)


def test_a_perfect_policy_gives_ties_and_no_accuracy(tiny_policy: Policy, tmp_path: Path):
    stage = stage_in_which(tiny_policy, tmp_path, [CURATED], [CURATED, CURATED])
    measured = stage.reflect(stage.collect(1))
    for channel in EXPERTS:
        assert measured[f"tie_share_{channel}"] == 1
        assert measured[f"gap_{channel}"] == 0
        assert f"discriminator_accuracy_{channel}" not in measured


def test_rewards_come_from_the_discriminator_before_it_learns(tiny_policy: Policy, tmp_path: Path):
    stage = stage_in_which(tiny_policy, tmp_path, [CURATED], [CURATED, WORSE])
    batch = stage.collect(1)
    rewards = {channel: reward.clone() for channel, reward in batch.rewards.items()}
    measured = stage.reflect(batch)
    again = stage.collect(1)
    assert measured["reward_perception"] == pytest.approx(rewards["perception"].mean().item())
    assert torch.equal(batch.rewards["perception"], rewards["perception"])
    assert not torch.equal(again.rewards["perception"], rewards["perception"])


def test_the_gate_opens_at_an_audit_that_both_experts_pass_and_not_before_its_time(
    tiny_policy: Policy, tmp_path: Path
):
    audit = {"every": 5, "prompts": 4}
    stage = stage_in_which(
        tiny_policy, tmp_path, [CURATED], [WORSE, WORSE], gate=0.75, minimum_steps=22, audit=audit
    )
    opened = []
    for step in range(1, 27):
        stage.reflect(stage.collect(step))
        opened.append(stage.satisfied())
    assert opened == [False] * 24 + [True] * 2
    accuracies = [
        expert.accuracy.value
        for event in audits_in(tmp_path)
        if event.step == 25
        for expert in event.experts.values()
    ]
    assert accuracies == [1, 1]


def test_without_a_gate_the_warm_up_takes_all_its_steps(tiny_policy: Policy, tmp_path: Path):
    audit = {"every": 5, "prompts": 4}
    stage = stage_in_which(tiny_policy, tmp_path, [CURATED], [WORSE, WORSE], audit=audit)
    for step in range(1, 11):
        stage.reflect(stage.collect(step))
    assert not stage.satisfied()


def test_pairs_that_are_all_ties_keep_the_gate_shut(tiny_policy: Policy, tmp_path: Path):
    audit = {"every": 1, "prompts": 4}
    stage = stage_in_which(tiny_policy, tmp_path, [CURATED], [CURATED], gate=0.6, audit=audit)
    stage.reflect(stage.collect(1))
    assert not stage.satisfied()


def weights(stage: Warmup) -> dict[str, torch.Tensor]:
    state = stage.equipment.discriminator.state()
    return {name: value.clone() for name, value in state.items() if name.startswith("model.")}


def test_the_discriminator_learns_in_every_so_many_steps_and_is_measured_in_all(
    tiny_policy: Policy, tmp_path: Path
):
    stage = stage_in_which(tiny_policy, tmp_path, [CURATED], [WORSE], game={"learn_every": 3})
    changed, measured = [], []
    for step in range(1, 7):
        before = weights(stage)
        found = stage.reflect(stage.collect(step))
        changed.append(any(not torch.equal(before[n], w) for n, w in weights(stage).items()))
        measured.append("gap_perception" in found)
        assert ("discriminator_loss" in found) == changed[-1]
    assert changed == [False, False, True] * 2
    assert measured == [True] * 6


def test_further_updates_of_a_step_go_on_from_new_scores(tiny_policy: Policy, tmp_path: Path):
    """Two updates of one step leave the weights of two steps with one update on the same pairs."""
    twice = stage_in_which(
        tiny_policy, tmp_path / "twice", [CURATED], [WORSE], game={"updates_per_step": 2}
    )
    once = stage_in_which(tiny_policy, tmp_path / "once", [CURATED], [WORSE])
    first = twice.reflect(twice.collect(1))
    batch = once.collect(1)
    again = once.reflect(batch)
    assert first["discriminator_loss"] == again["discriminator_loss"]
    once.reflect(replace(batch, scores=once.score(batch.drawn)))
    for name, weight in weights(twice).items():
        assert torch.equal(weight, weights(once)[name]), name


def test_rewards_of_the_policy_never_come_from_replayed_rollouts(
    tiny_policy: Policy, tmp_path: Path
):
    """Step 2 draws other texts; the discriminator learns from step 1's, the rewards do not."""
    stage = stage_in_which(
        tiny_policy, tmp_path, [CURATED], [WORSE] * 2, game={"replay_share": 0.5}
    )
    stage.reflect(stage.collect(1))
    batch = stage.collect(2)
    with torch.no_grad():
        scores = stage.score(batch.drawn)
    assert torch.equal(
        batch.rewards["perception"], scores.channels["perception"].rollouts.flatten()
    )


def test_a_resumed_game_goes_on_bit_for_bit(tiny_policy: Policy, tmp_path: Path):
    """With all that it may remember: earlier rollouts, verdicts, and a form that was lost."""

    def speech(generator: torch.Generator, prompts: int) -> list[str]:
        chosen = torch.randint(4, (prompts * 4,), generator=generator).tolist()
        return [[CURATED, WORSE, "no form", "no form either"][number] for number in chosen]

    undisturbed, resumed = (
        stage_in_which(
            tiny_policy, tmp_path / name, [CURATED], speech, rollouts_per_prompt=4,
            game={"replay_share": 0.5, "replay_size": 5}, audit={"every": 2, "prompts": 2},
        )
        for name in ("undisturbed", "resumed")
    )  # fmt: skip
    for step in (1, 2, 3):
        undisturbed.reflect(undisturbed.collect(step))
    states = {name: part.state() for name, part in undisturbed.equipment.parts().items()}
    assert len(states["replay"]["places"]) == 5
    for name, part in resumed.equipment.parts().items():
        part.load_state({key: value.clone() for key, value in states[name].items()})
    found = [
        [
            {k: v for k, v in stage.reflect(stage.collect(step)).items() if "seconds" not in k}
            for step in (4, 5)
        ]
        for stage in (undisturbed, resumed)
    ]
    assert found[0] == found[1]
    for name, part in resumed.equipment.parts().items():
        other = undisturbed.equipment.parts()[name].state()
        assert all(torch.equal(value, other[key]) for key, value in part.state().items()), name


def test_a_policy_that_loses_the_form_is_reported_once(tiny_policy: Policy, tmp_path: Path):
    stage = stage_in_which(tiny_policy, tmp_path, [CURATED], ["x", WORSE, "y"])
    for step in (1, 2):
        stage.reflect(stage.collect(step))
    (said,) = [event for event in events_in(tmp_path) if isinstance(event, Log)]
    assert said.level == "warning"
    assert said.message.startswith("step 1: only 33% of the rollouts have the caption")


def test_a_step_without_a_valid_rollout_reports_no_gap(tiny_policy: Policy, tmp_path: Path):
    stage = stage_in_which(tiny_policy, tmp_path, [CURATED], ["x", "y"])
    batch = stage.collect(1)
    measured = stage.reflect(batch)
    assert measured["valid_share"] == 0
    assert not any(name.startswith(("gap", "reward", "discriminator")) for name in measured)
    assert batch.rewards["perception"].tolist() == [-1.0] * 8


SCORES = torch.tensor([[2.0, -3.0, 9.0], [4.0, 8.0, 9.0], [7.0, 8.0, 9.0]])
VALID = torch.tensor([[True, True, False], [True, True, False], [False, False, False]])


def test_malformed_rollouts_get_less_than_the_worst_valid_one_of_their_group():
    assert below_group(SCORES, VALID).tolist() == [[2, -3, -4], [4, 8, 3], [-1, -1, -1]]


def test_malformed_rollouts_get_less_than_the_worst_valid_one_of_the_batch():
    assert below_batch(SCORES, VALID).tolist() == [[2, -3, -4], [4, 8, -4], [-4, -4, -4]]
    assert below_batch(SCORES, VALID & False).tolist() == [[-1, -1, -1]] * 3


def test_a_record_without_a_well_formed_demonstration_is_named(tmp_path: Path):
    records = [
        Record(id="good", question="q", response=CURATED),
        Record(id="none", question="q"),
        Record(id="broken", question="q", response="<caption>x</caption>"),
    ]
    with pytest.raises(InvalidData) as refused:
        demonstrated_sections(DataSet(tmp_path, records))
    assert [p.field for p in refused.value.problems] == ["none.response", "broken.response"]
