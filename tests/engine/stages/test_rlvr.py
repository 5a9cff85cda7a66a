"""Reinforcement with verifiable rewards on scripted rollouts, so that every number is known."""

from __future__ import annotations

import math
from pathlib import Path

import pytest
import torch

from prism_engine.algorithms.grpo import Grpo
from prism_engine.batch import PromptBatch, RolloutBatch, Rollouts
from prism_engine.contract.algorithms import Grpo as GrpoSettings
from prism_engine.contract.config import Rlvr as RlvrSettings
from prism_engine.data.records import DataSet, Record
from prism_engine.policy.policy import Policy
from prism_engine.randomness import Randomness
from prism_engine.rewards import REWARDS
from prism_engine.stages.rlvr import Rlvr
from prism_engine.stages.rollouts import RolloutCollector
from prism_engine.stages.samples import CUT, Gallery

FORM = "<caption>{}</caption><think>{}</think><answer>{}</answer>"
DEMONSTRATION = FORM.format("- a red circle\n- a blue square", "one\ntwo", "2")

SAID = {
    "two": [
        FORM.format("- a Red  circle\n- a green dot", "one\ntwo\nthree", "2"),
        FORM.format("- a red circle", "one", "3"),
        "2",
    ],
    "five": [FORM.format("- nothing", "none", "4")] * 3,
}


class ScriptedSampler:
    """Says what it is told to, whatever the prompt."""

    def __init__(self, policy: Policy, texts: list[str], *, cut: int) -> None:
        ids, mask = policy.processor.pad_responses(
            [policy.processor.encode_response(text) for text in texts]
        )
        finished = torch.ones(len(texts), dtype=torch.bool)
        finished[cut] = False
        self.rollouts = Rollouts(ids, mask, torch.zeros(ids.shape), finished)

    def sample(self, prompts: PromptBatch, group: int, **settings: object) -> Rollouts:
        return self.rollouts


@pytest.fixture
def stage(tiny_policy: Policy, tmp_path: Path) -> Rlvr:
    gold = {"two": 2, "five": 5}
    records = [
        Record(
            id=name,
            question=name,
            answer={"type": "integer", "value": value},
            response=DEMONSTRATION if name == "two" else None,
        )
        for name, value in gold.items()
    ]
    data = DataSet(tmp_path, records)
    settings = RlvrSettings(
        policy={"model": "tiny"}, data="data", prompts_per_step=2, rollouts_per_prompt=3
    )
    randomness = Randomness(0)
    order = [records[item].id for item in randomness.items(1, 2, 2)]
    texts = [text for name in order for text in SAID[name]]
    sampler = ScriptedSampler(tiny_policy, texts, cut=3 * order.index("five") + 2)
    collector = RolloutCollector(settings, data, tiny_policy.processor, sampler, randomness)
    return Rlvr(
        collector,
        Grpo(GrpoSettings(), settings.sampling.max_new_tokens),
        REWARDS,
        {"answer": 0.8, "format": 0.2},
        Gallery(data, tiny_policy.processor, tmp_path / "images"),
    )


def rows(batch: RolloutBatch, name: str) -> slice:
    first = 3 * [record.id for record in batch.drawn.records].index(name)
    return slice(first, first + 3)


def test_rewards_become_advantages(stage: Rlvr) -> None:
    batch = stage.collect(1)
    two, five = rows(batch, "two"), rows(batch, "five")

    assert batch.rewards["answer"][two].tolist() == [1, 0, 0]
    assert batch.rewards["format"][two].tolist() == [1, 1, 0]
    # (1, 0, 0) and (1, 1, 0) both deviate by √(1/3).
    deviation = math.sqrt(1 / 3)
    answer = [2 / 3 / deviation, -1 / 3 / deviation, -1 / 3 / deviation]
    form = [1 / 3 / deviation, 1 / 3 / deviation, -2 / 3 / deviation]
    expected = [0.8 * a + 0.2 * f for a, f in zip(answer, form, strict=True)]
    assert batch.advantages[two, 0].tolist() == pytest.approx(expected, abs=1e-5)
    # A response that was cut is malformed, even where the form seems complete.
    assert batch.rewards["format"][five].tolist() == [1, 1, 0]
    assert torch.equal(batch.learned_mask, batch.response_mask)
    first = batch.advantages[:, :1].expand(batch.response_mask.shape)
    assert torch.equal(batch.advantages, first * batch.response_mask)


def test_what_is_measured(stage: Rlvr) -> None:
    batch = stage.collect(1)
    metrics = stage.reflect(batch)

    assert metrics["reward_answer"] == pytest.approx(1 / 6)
    assert metrics["reward_format"] == pytest.approx(4 / 6)
    assert metrics["reward"] == pytest.approx(0.8 / 6 + 0.2 * 4 / 6)
    assert metrics["accuracy"] == pytest.approx(1 / 6)
    assert metrics["valid_share"] == pytest.approx(4 / 6)
    assert metrics["mixed_groups"] == 1
    assert metrics["response_tokens"] == pytest.approx(batch.response_mask.sum().item() / 6)
    # Of the four well-formed rollouts two have a demonstration: both state one of its two items.
    assert metrics["caption_recall"] == pytest.approx(0.5)
    assert metrics["caption_precision"] == pytest.approx((0.5 + 1) / 2)
    assert metrics["caption_items"] == pytest.approx((2 + 1 + 1 + 1) / 4)
    assert metrics["reasoning_steps"] == pytest.approx((3 + 1 + 1 + 1) / 4)


def test_what_is_shown(stage: Rlvr) -> None:
    batch = stage.collect(1)
    shown = {sample.item: sample for sample in stage.show(batch, 1)}

    assert shown["two"].demonstration.text == DEMONSTRATION
    assert shown["five"].demonstration is None
    right, wrong, malformed = shown["two"].rollouts
    assert (right.correct, wrong.correct, malformed.correct) == (True, False, None)
    assert (right.valid, malformed.valid, malformed.caption) == (True, False, None)
    assert right.caption.text == "- a Red  circle\n- a green dot"
    assert right.rewards == {"answer": 1, "format": 1}
    assert right.advantage == pytest.approx(batch.advantages[rows(batch, "two")][0, 0].item())
    assert malformed.tokens == 2
    assert malformed.malformed == "missing caption"
    assert (right.malformed, shown["five"].rollouts[2].malformed) == (None, CUT)
