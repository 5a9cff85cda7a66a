"""Reinforcement with verifiable rewards on scripted rollouts, so that every number is known."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
import torch
from PIL import Image

from prism_engine.algorithms import ALGORITHMS
from prism_engine.batch import Drawn, PromptBatch, RolloutBatch, Rollouts
from prism_engine.contract.config import Rlvr as RlvrSettings
from prism_engine.contract.events import EventLog
from prism_engine.data.records import DataSet, Record
from prism_engine.errors import InvalidData
from prism_engine.policy.policy import Policy
from prism_engine.randomness import Randomness
from prism_engine.rewards import load_reward
from prism_engine.rewards.reward import Judge
from prism_engine.stages.cursor import PromptCursor
from prism_engine.stages.form import FormWatch
from prism_engine.stages.rlvr import Rlvr
from prism_engine.stages.rollouts import RolloutCollector
from prism_engine.stages.samples import CUT, Gallery
from tests.engine.stages.parrot import events_in

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
    """Says of every draw what it is told to, whatever the prompts."""

    def __init__(self, policy: Policy, *draws: Sequence[str], cut: Sequence[int] = ()) -> None:
        self._policy = policy
        self._draws = list(draws)
        self._cut = list(cut)
        self.drawn = 0

    def sample(self, prompts: PromptBatch, group: int, **settings: object) -> Rollouts:
        texts = self._draws[self.drawn]
        self.drawn += 1
        assert len(texts) == len(prompts.input_ids) * group
        processor = self._policy.processor
        ids, mask = processor.pad_responses([processor.encode_response(text) for text in texts])
        finished = torch.ones(len(texts), dtype=torch.bool)
        finished[self._cut] = False
        return Rollouts(ids, mask, torch.zeros(ids.shape), finished)


def make_stage(
    policy: Policy,
    folder: Path,
    records: Sequence[Record],
    sampler: ScriptedSampler,
    judges: Mapping[str, Judge] | None = None,
    **settings: Any,
) -> tuple[Rlvr, PromptCursor]:
    """A stage and its cursor. Judges by name in place of the built-in ones, if given."""
    data = DataSet(folder, list(records))
    rlvr = RlvrSettings(
        policy={"model": "tiny"}, data="data", sampling={"max_new_tokens": 200}, **settings
    )
    randomness = Randomness(0)
    cursor = PromptCursor(len(data), randomness)
    longest = rlvr.sampling.max_new_tokens
    stage = Rlvr(
        rlvr,
        data,
        cursor,
        RolloutCollector(rlvr, data, policy.processor, sampler, randomness),
        ALGORITHMS[rlvr.algorithm.kind](rlvr.algorithm, longest),
        judges or {name: load_reward(name) for name in rlvr.rewards},
        randomness,
        Gallery(data, policy.processor, folder / "images"),
        FormWatch(EventLog(folder / "events.jsonl"), "rewards.format"),
    )
    return stage, cursor


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
    order = [records[item].id for item in Randomness(0).items(1, 2, 2)]
    texts = [text for name in order for text in SAID[name]]
    sampler = ScriptedSampler(tiny_policy, texts, cut=[3 * order.index("five") + 2])
    stage, _ = make_stage(
        tiny_policy, tmp_path, records, sampler, prompts_per_step=2, rollouts_per_prompt=3
    )
    return stage


def test_images_of_the_prompts_that_come_next_are_read_meanwhile(
    tiny_policy: Policy, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    announced: list[list[str]] = []
    monkeypatch.setattr(
        tiny_policy.processor.reader,
        "ahead",
        lambda files: announced.append([file.name for file in files]),
    )
    records = [Record(id=name, question="?", images=[f"{name}.png"]) for name in "abcdef"]
    for record in records:
        Image.new("RGB", (16, 16)).save(tmp_path / record.images[0])
    sampler = ScriptedSampler(tiny_policy, *[["x"] * 4] * 2)
    stage, _ = make_stage(
        tiny_policy, tmp_path, records, sampler, prompts_per_step=2, rollouts_per_prompt=2
    )
    drawn = []
    for step in (1, 2):
        batch = stage.collect(step)
        stage.reflect(batch)
        drawn.append([record.images[0] for record in batch.drawn.records])
    assert announced[0] == drawn[1]
    assert sorted(drawn[0] + drawn[1] + announced[1]) == sorted(f"{name}.png" for name in "abcdef")


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
    # Weighted rewards are 1, 0.2, 0 and 0.2, 0.2, 0: their deviations by hand.
    deviations = [math.sqrt(0.28), math.sqrt(0.04 / 3)]
    assert metrics["reward_deviation"] == pytest.approx(sum(deviations) / 2)
    assert metrics["truncated_share"] == pytest.approx(1 / 6)
    assert metrics["response_tokens_longest"] == batch.response_mask.sum(1).max()
    assert (metrics["draws"], metrics["groups_kept"]) == (1, 2)
    assert metrics["response_tokens"] == pytest.approx(batch.response_mask.sum().item() / 6)
    # Of the four well-formed rollouts two have a demonstration: both state one of its two items.
    assert metrics["caption_recall"] == pytest.approx(0.5)
    assert metrics["caption_precision"] == pytest.approx((0.5 + 1) / 2)
    assert metrics["caption_items"] == pytest.approx((2 + 1 + 1 + 1) / 4)
    assert metrics["reasoning_steps"] == pytest.approx((3 + 1 + 1 + 1) / 4)


def test_losing_the_form_is_said(tiny_policy: Policy, tmp_path: Path) -> None:
    records = [Record(id=name, question=name) for name in ("a", "b")]
    sampler = ScriptedSampler(tiny_policy, ["2", "three", "4", "5"])
    stage, _ = make_stage(
        tiny_policy, tmp_path, records, sampler, prompts_per_step=2, rollouts_per_prompt=2
    )
    stage.reflect(stage.collect(3))
    (event,) = events_in(tmp_path)
    assert event.message.startswith("step 3: only 0% of the rollouts have the caption, think")


def test_hostile_answers_cost_their_rollouts_and_nothing_else(
    tiny_policy: Policy, tmp_path: Path
) -> None:
    endless = "((((x^{99}+1)^{99}+1)^{99}+1)^{99}+1)^{99}"
    answers = ["(x+1)^2", "(x-1)^2", endless, "x" * 5000, "{" * 1000, "9^{9^{9^{9}}}"]
    said = [FORM.format("- x", "y", answer) for answer in answers]
    gold = {"type": "expression", "value": "x^2+2x+1"}
    stage, _ = make_stage(
        tiny_policy,
        tmp_path,
        [Record(id="q", question="q", answer=gold)],
        ScriptedSampler(tiny_policy, said),
        prompts_per_step=1,
        rollouts_per_prompt=6,
    )

    batch = stage.collect(1)
    metrics = stage.reflect(batch)

    assert batch.rewards["answer"].tolist() == [1, 0, 0, 0, 0, 0]
    assert [r.verdict for r in stage.show(batch, 1)[0].rollouts] == [
        "right", "wrong", "timeout", "unparsed",
    ]  # fmt: skip
    assert metrics["accuracy"] == pytest.approx(1 / 6)
    assert metrics["unparsed_share"] == pytest.approx(3 / 6)
    assert metrics["timeout_share"] == pytest.approx(1 / 6)


def test_what_is_shown(stage: Rlvr) -> None:
    batch = stage.collect(1)
    shown = {sample.item: sample for sample in stage.show(batch, 1)}

    assert shown["two"].demonstration.text == DEMONSTRATION
    assert shown["five"].demonstration is None
    right, wrong, malformed = shown["two"].rollouts
    assert (right.correct, wrong.correct, malformed.correct) == (True, False, None)
    assert (right.verdict, wrong.verdict, malformed.verdict) == ("right", "wrong", None)
    assert (right.valid, malformed.valid, malformed.caption) == (True, False, None)
    assert right.caption.text == "- a Red  circle\n- a green dot"
    assert right.rewards == {"answer": 1, "format": 1}
    assert right.advantage == pytest.approx(batch.advantages[rows(batch, "two")][0, 0].item())
    assert malformed.tokens == 2
    assert malformed.malformed == "missing caption"
    assert (right.malformed, shown["five"].rollouts[2].malformed) == (None, CUT)


ONE = FORM.format("- c", "t", "1")  # right where the answer is 1
TWO = FORM.format("- c", "t", "2")


def counting(count: int) -> list[Record]:
    """Rows whose answer is 1, named by their place in the first epoch's order."""
    order = Randomness(0).items(1, count, count)
    names = {item: f"place-{place}" for place, item in enumerate(order)}
    return [
        Record(id=names[item], question=names[item], answer={"type": "integer", "value": 1})
        for item in range(count)
    ]


DAPO = {"kind": "dapo", "scale_rewards": "none"}


def test_groups_without_a_difference_are_replaced_by_further_draws(
    tiny_policy: Policy, tmp_path: Path
) -> None:
    sampler = ScriptedSampler(
        tiny_policy,
        [ONE, ONE, ONE, TWO, TWO, TWO],  # places 0 to 2: only 1 is mixed
        [TWO, ONE, ONE, TWO + "!", ONE, ONE],  # places 3 to 5: 3 and 4 are mixed
    )
    stage, cursor = make_stage(
        tiny_policy, tmp_path, counting(12), sampler,
        prompts_per_step=3, rollouts_per_prompt=2, algorithm=DAPO,
    )  # fmt: skip

    batch = stage.collect(1)
    assert int(cursor.state()["place"]) == 0, "the step may diverge and be taken again"
    metrics = stage.reflect(batch)

    assert [record.id for record in batch.drawn.records] == ["place-1", "place-3", "place-4"]
    assert batch.drawn.texts == (ONE, TWO, TWO, ONE, ONE, TWO + "!")
    assert batch.rewards["answer"].tolist() == [1, 0, 0, 1, 1, 0]
    # What is malformed loses the format reward too: means are 0.6, 0.6 and 0.5.
    expected = [0.4, -0.4, -0.4, 0.4, 0.5, -0.5]
    assert batch.advantages[:, 0].tolist() == pytest.approx(expected, abs=1e-6)
    assert batch.learned_mask.any(1).all()
    assert (metrics["draws"], metrics["groups_kept"]) == (2, 3)
    # All twelve rollouts count: seven are right and one is malformed.
    assert metrics["accuracy"] == pytest.approx(7 / 12)
    assert metrics["valid_share"] == pytest.approx(11 / 12)
    assert metrics["reward"] == pytest.approx((0.8 * 7 + 0.2 * 11) / 12)
    assert metrics["mixed_groups"] == pytest.approx(3 / 6)
    assert int(cursor.state()["place"]) == 6


def test_no_more_groups_are_learned_from_than_were_asked_for(
    tiny_policy: Policy, tmp_path: Path
) -> None:
    sampler = ScriptedSampler(tiny_policy, [ONE, ONE, ONE, TWO], [ONE, TWO, TWO, ONE])
    stage, _ = make_stage(
        tiny_policy, tmp_path, counting(12), sampler,
        prompts_per_step=2, rollouts_per_prompt=2, algorithm=DAPO,
    )  # fmt: skip
    batch = stage.collect(1)
    assert [record.id for record in batch.drawn.records] == ["place-1", "place-2"]


def test_after_the_last_draw_the_step_goes_on_with_what_it_has(
    tiny_policy: Policy, tmp_path: Path
) -> None:
    sampler = ScriptedSampler(tiny_policy, [ONE, ONE, ONE, TWO], [ONE, ONE, ONE, ONE])
    stage, _ = make_stage(
        tiny_policy, tmp_path, counting(12), sampler,
        prompts_per_step=2, rollouts_per_prompt=2, algorithm={**DAPO, "most_draws": 2},
    )  # fmt: skip
    batch = stage.collect(1)
    assert [record.id for record in batch.drawn.records] == ["place-1"]
    assert batch.learned_mask.any(1).tolist() == [True, True]


def test_where_no_group_has_anything_to_teach_nothing_is_learned(
    tiny_policy: Policy, tmp_path: Path
) -> None:
    sampler = ScriptedSampler(tiny_policy, [ONE] * 4, [TWO] * 4)
    stage, _ = make_stage(
        tiny_policy, tmp_path, counting(12), sampler,
        prompts_per_step=2, rollouts_per_prompt=2, algorithm={**DAPO, "most_draws": 2},
    )  # fmt: skip
    batch = stage.collect(1)
    metrics = stage.reflect(batch)
    assert not batch.learned_mask.any()
    assert (metrics["draws"], metrics["groups_kept"], metrics["accuracy"]) == (2, 0, 0.5)
    assert [sample.item for sample in stage.show(batch, 1)] == ["place-2", "place-3"]


def test_the_punishment_shapes_what_is_learned_and_not_which_groups_are_kept(
    tiny_policy: Policy, tmp_path: Path
) -> None:
    # Both responses of the first group are right, and one of them is punished.
    length = len(tiny_policy.processor.encode_response(ONE))
    longer = ONE.replace("- c", "- c" + "c" * (190 - length))
    sampler = ScriptedSampler(tiny_policy, [ONE, longer, ONE, TWO], [ONE, longer, TWO, longer])
    stage, _ = make_stage(
        tiny_policy, tmp_path, counting(12), sampler,
        prompts_per_step=2, rollouts_per_prompt=2,
        algorithm={**DAPO, "overlong_buffer": 20, "overlong_penalty": 0.5},
    )  # fmt: skip

    batch = stage.collect(1)

    assert [record.id for record in batch.drawn.records] == ["place-1", "place-3"]
    # 190 tokens are 10 into a buffer of 20 before 200: half of the punishment.
    assert batch.rewards["overlong"].tolist() == [0, 0, 0, -0.5]
    # Totals are 1.0 and 0.2, and 0.2 and 1.0 - 0.5 · 0.5 = 0.75.
    expected = [0.4, -0.4, -0.275, 0.275]
    assert batch.advantages[:, 0].tolist() == pytest.approx(expected, abs=1e-6)
    assert stage.reflect(batch)["reward_overlong"] == pytest.approx(-0.5 * 3 / 8)


def test_nothing_is_learned_from_what_was_cut_if_asked(tiny_policy: Policy, tmp_path: Path) -> None:
    sampler = ScriptedSampler(tiny_policy, [ONE, TWO, ONE, ONE], cut=[3])
    stage, _ = make_stage(
        tiny_policy, tmp_path, counting(12), sampler,
        prompts_per_step=2, rollouts_per_prompt=2, algorithm={**DAPO, "overlong_filter": True},
    )  # fmt: skip
    batch = stage.collect(1)
    # The cut response counts as wrong, which makes its group a mixed one.
    assert batch.learned_mask.any(1).tolist() == [True, True, True, False]
    assert batch.advantages[:, 0].tolist() == pytest.approx([0.4, -0.4, 0.5, -0.5])


def test_groups_cannot_be_chosen_by_answers_that_rows_lack(
    tiny_policy: Policy, tmp_path: Path
) -> None:
    records = [*counting(2), Record(id="open", question="why?")]
    with pytest.raises(InvalidData, match=r"^open.answer: .*turn off dynamic_sampling"):
        make_stage(tiny_policy, tmp_path, records, ScriptedSampler(tiny_policy), algorithm=DAPO)


def test_a_reward_that_does_not_apply_is_left_out(tiny_policy: Policy, tmp_path: Path) -> None:
    def brevity(drawn: Drawn) -> torch.Tensor:
        return torch.tensor([1.0, 0.0, math.nan, math.nan])

    sampler = ScriptedSampler(tiny_policy, [ONE, ONE, ONE, TWO])
    judges = {"answer": load_reward("answer"), "format": brevity}
    stage, _ = make_stage(
        tiny_policy, tmp_path, counting(2), sampler, judges,
        prompts_per_step=2, rollouts_per_prompt=2,
        algorithm={"kind": "grpo", "scale_rewards": "none"},
    )  # fmt: skip

    batch = stage.collect(1)
    metrics = stage.reflect(batch)

    expected = [0.1, -0.1, 0.4, -0.4]
    assert batch.advantages[:, 0].tolist() == pytest.approx(expected, abs=1e-6)
    assert metrics["reward_format"] == 0.5
    assert metrics["reward"] == pytest.approx((1.0 + 0.8 + 0.8 + 0.0) / 4)
    shown = {sample.item: sample.rollouts[0].rewards for sample in stage.show(batch, 1)}
    assert shown == {"place-0": {"answer": 1, "format": 1}, "place-1": {"answer": 1}}
