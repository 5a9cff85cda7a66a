"""Both sides of the game through the real data path: disk, sampler, parser, tokenizer, model."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from prism_engine.batch import PromptBatch, Rollouts
from prism_engine.contract.config import Warmup
from prism_engine.contract.discriminators import Game, Moe
from prism_engine.contract.settings import Optimizer
from prism_engine.data.records import DataSet, Record, read_data
from prism_engine.discriminators.discriminator import Rules
from prism_engine.discriminators.moe import MoeDiscriminator
from prism_engine.discriminators.sections import EXPERTS
from prism_engine.errors import InvalidData
from prism_engine.policy.policy import Policy
from prism_engine.policy.processor import Processor
from prism_engine.randomness import Randomness
from prism_engine.stages.game import demonstrated_sections, malformed_lowest
from prism_engine.stages.rollouts import RolloutCollector
from prism_engine.stages.samples import Gallery
from prism_engine.stages.warmup import Warmup as WarmupStage
from tests.engine.stages.toy import CURATED, write_toy_data

LONG = "- a\n" * 12
TEXTS = {
    "short": CURATED,
    "long": f"<caption>{LONG}</caption>\n<think>{LONG}</think>\n<answer>1</answer>",
}


class Parrot:
    """A sampler that says the same texts to every prompt; the longest allowed cuts them."""

    def __init__(self, processor: Processor, texts: list[str]) -> None:
        self._processor = processor
        self._texts = texts

    def sample(
        self, prompts: PromptBatch, rollouts_per_prompt: int, *, max_new_tokens: int, **_: object
    ) -> Rollouts:
        said = [self._processor.encode_response(text) for text in self._texts]
        ids, mask = self._processor.pad_responses(said * len(prompts.input_ids))
        return Rollouts(
            ids=ids[:, :max_new_tokens],
            mask=mask[:, :max_new_tokens],
            logprobs=torch.zeros(len(ids), min(max_new_tokens, ids.shape[1])),
            finished=mask.sum(1) <= max_new_tokens,
        )


def stage_in_which(
    policy: Policy,
    folder: Path,
    demonstration: str,
    rollouts: list[str],
    *,
    longest_section: int = 300,
    **settings: object,
) -> WarmupStage:
    """A warm-up in which every record demonstrates one text and the policy says the others."""
    data = read_data(write_toy_data(folder, [demonstration]))
    warmup = Warmup(
        policy={"model": "unused"}, data="unused", steps=50, prompts_per_step=4,
        rollouts_per_prompt=len(rollouts), sampling={"max_new_tokens": 300}, **settings,
    )  # fmt: skip
    processor = policy.processor
    rules = Rules(Game(optimizer=Optimizer(learning_rate=3e-3)), 50, longest_section)
    return WarmupStage(
        warmup,
        RolloutCollector(warmup, data, processor, Parrot(processor, rollouts), Randomness(0)),
        MoeDiscriminator.fresh(policy, Moe(), rules, torch.Generator().manual_seed(0)),
        demonstrated_sections(data),
        Gallery(data, processor, folder / "shown"),
    )


@pytest.mark.parametrize("longest", [10, 30, 300], ids=["far over", "over", "within"])
@pytest.mark.parametrize("beside", ["short", "long"], ids=["unpadded", "padded"])
@pytest.mark.parametrize("said", TEXTS)
def test_a_policy_that_says_what_is_demonstrated_cannot_be_told_apart(
    tiny_policy: Policy, tmp_path: Path, said: str, beside: str, longest: int
):
    texts = [TEXTS[said], TEXTS[said], TEXTS[beside]]
    stage = stage_in_which(tiny_policy, tmp_path, TEXTS[said], texts, longest_section=longest)
    scores = stage.collect(1).scores
    for channel in EXPERTS:
        both = scores.channels[channel]
        assert torch.equal(both.rollouts[:, 0], both.demonstrations)
        assert torch.equal(both.rollouts[:, 1], both.demonstrations)


def test_a_perfect_policy_gives_ties_and_no_accuracy(tiny_policy: Policy, tmp_path: Path):
    stage = stage_in_which(tiny_policy, tmp_path, CURATED, [CURATED, CURATED])
    measured = stage.reflect(stage.collect(1))
    for channel in EXPERTS:
        assert measured[f"tie_share_{channel}"] == 1
        assert measured[f"gap_{channel}"] == 0
        assert f"discriminator_accuracy_{channel}" not in measured


def test_rewards_come_from_the_discriminator_before_it_learns(tiny_policy: Policy, tmp_path: Path):
    worse = CURATED.replace("a\n- b", "b")
    stage = stage_in_which(tiny_policy, tmp_path, CURATED, [CURATED, worse])
    batch = stage.collect(1)
    rewards = {channel: reward.clone() for channel, reward in batch.rewards.items()}
    measured = stage.reflect(batch)
    again = stage.collect(1)
    assert measured["reward_perception"] == pytest.approx(rewards["perception"].mean().item())
    assert torch.equal(batch.rewards["perception"], rewards["perception"])
    assert not torch.equal(again.rewards["perception"], rewards["perception"])


def test_the_gate_opens_once_both_experts_pass_and_not_before_its_time(
    tiny_policy: Policy, tmp_path: Path
):
    worse = CURATED.replace("a\n- b", "b").replace("tt", "t")
    stage = stage_in_which(
        tiny_policy, tmp_path, CURATED, [worse, worse], gate=0.75, minimum_steps=25
    )
    opened = []
    for step in range(1, 27):
        measured = stage.reflect(stage.collect(step))
        opened.append(stage.satisfied())
    assert measured["discriminator_accuracy_perception"] == 1
    assert measured["discriminator_accuracy_reasoning"] == 1
    assert opened == [False] * 24 + [True] * 2


def test_without_a_gate_the_warm_up_takes_all_its_steps(tiny_policy: Policy, tmp_path: Path):
    worse = CURATED.replace("a\n- b", "b").replace("tt", "t")
    stage = stage_in_which(tiny_policy, tmp_path, CURATED, [worse, worse])
    for step in range(1, 27):
        stage.reflect(stage.collect(step))
    assert not stage.satisfied()


def test_a_step_without_a_valid_rollout_reports_no_gap(tiny_policy: Policy, tmp_path: Path):
    stage = stage_in_which(tiny_policy, tmp_path, CURATED, ["x", "y"])
    batch = stage.collect(1)
    measured = stage.reflect(batch)
    assert measured["valid_share"] == 0
    assert not any(name.startswith(("gap", "reward", "discriminator")) for name in measured)
    assert batch.rewards["perception"].tolist() == [-1.0] * 8


def test_malformed_rollouts_get_less_than_the_worst_valid_one():
    scores = torch.tensor([[2.0, -3.0, 9.0], [7.0, 8.0, 9.0]])
    valid = torch.tensor([[True, True, False], [False, False, False]])
    assert malformed_lowest(scores, valid).tolist() == [[2, -3, -4], [-1, -1, -1]]


def test_a_record_without_a_well_formed_demonstration_is_named(tmp_path: Path):
    records = [
        Record(id="good", question="q", response=CURATED),
        Record(id="none", question="q"),
        Record(id="broken", question="q", response="<caption>x</caption>"),
    ]
    with pytest.raises(InvalidData) as refused:
        demonstrated_sections(DataSet(tmp_path, records))
    assert [p.field for p in refused.value.problems] == ["none.response", "broken.response"]
