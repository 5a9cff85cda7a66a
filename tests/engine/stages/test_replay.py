"""Earlier groups of rollouts, by hand-written groups of texts."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
import torch
from PIL import Image

from prism_engine.batch import Drawn, PromptBatch
from prism_engine.data.records import Record
from prism_engine.policy.policy import Policy
from prism_engine.randomness import Randomness
from prism_engine.stages.replay import Replay
from tests.engine.conftest import DrawTexts
from tests.engine.discriminators.game import response

RECORDS = [Record(id=str(n), question="what" * (1 + n)) for n in range(3)]


def said(step: int, count: int = 4) -> list[str]:
    return [response(f"- {'abcdefgh'[step]}", think="x" * (1 + n)) for n in range(count)]


def replay_of(policy: Policy, pictures: list[Image.Image], share: float, size: int) -> Replay:
    """Every record has a picture of its own, as `draw_texts` gives it."""

    def encode(records: Sequence[Record]) -> PromptBatch:
        asked = [(record.question, [pictures[1 + int(record.id)]]) for record in records]
        return policy.processor.pad([policy.processor.encode_prompt(*each) for each in asked])

    return Replay(share, size, RECORDS, encode, policy.processor, Randomness(0))


@pytest.fixture
def replay(tiny_policy: Policy, pictures: list[Image.Image]) -> Replay:
    return replay_of(tiny_policy, pictures, share=0.5, size=100)


def groups(drawn: Drawn) -> list[list[str]]:
    count = drawn.rollouts_per_prompt
    return [list(drawn.texts[at : at + count]) for at in range(0, len(drawn.texts), count)]


def tokens(prompts: PromptBatch, row: int) -> torch.Tensor:
    return prompts.input_ids[row][prompts.attention_mask[row]]


def test_nothing_is_replaced_while_nothing_earlier_is_known(replay: Replay, draw_texts: DrawTexts):
    drawn = draw_texts([said(0), said(1)])
    assert replay.mixed_into(drawn, 1) is drawn


def test_half_of_the_prompts_make_room_for_earlier_ones_with_their_own_rollouts(
    replay: Replay, draw_texts: DrawTexts
):
    replay.keep(draw_texts([said(0), said(1), said(2)]))
    fresh = draw_texts([said(3), said(4)])
    mixed = replay.mixed_into(fresh, 2)
    first, last = groups(mixed)
    assert first == said(3)
    (place,) = [place for place in range(3) if said(place) == last]
    assert mixed.records == (RECORDS[0], RECORDS[place])
    assert mixed.valid.all()
    assert [s.caption for s in mixed.sections][4:] == [f"- {'abc'[place]}"] * 4
    alone = draw_texts([said(0), said(1), said(2)]).prompts
    assert torch.equal(tokens(mixed.prompts, 1), tokens(alone, place))


def test_fewer_come_back_than_are_wanted_where_fewer_are_known(
    replay: Replay, draw_texts: DrawTexts
):
    replay.keep(draw_texts([["malformed", said(0)[0], "malformed", "malformed"]]))
    mixed = replay.mixed_into(draw_texts([said(1), said(2), said(3)]), 2)
    assert groups(mixed)[:2] == [said(1), said(2)]
    assert groups(mixed)[2] == ["malformed", said(0)[0], "malformed", "malformed"]
    assert mixed.valid.tolist()[8:] == [False, True, False, False]


def test_a_group_without_a_well_formed_rollout_is_not_kept(replay: Replay, draw_texts: DrawTexts):
    replay.keep(draw_texts([["malformed"] * 4, said(1)]))
    assert replay.state()["places"].tolist() == [1]


def test_what_is_replaced_depends_on_the_step_alone(replay: Replay, draw_texts: DrawTexts):
    replay.keep(draw_texts([said(0), said(1), said(2)]))
    fresh = draw_texts([said(3), said(4)])
    mixed = [groups(replay.mixed_into(fresh, step)) for step in (2, 2, 3, 4, 5, 6)]
    assert mixed[0] == mixed[1]
    assert any(other != mixed[0] for other in mixed)


def test_only_the_newest_are_kept(
    tiny_policy: Policy, pictures: list[Image.Image], draw_texts: DrawTexts
):
    replay = replay_of(tiny_policy, pictures, share=0.9, size=2)
    replay.keep(draw_texts([said(0)]))
    replay.keep(draw_texts([said(1), said(2)]))
    mixed = replay.mixed_into(draw_texts([said(3), said(4), said(5)]), 3)
    assert groups(mixed)[0] == said(3)
    assert sorted(groups(mixed)[1:]) == [said(1), said(2)]


def test_without_a_share_nothing_is_kept(
    tiny_policy: Policy, pictures: list[Image.Image], draw_texts: DrawTexts
):
    replay = replay_of(tiny_policy, pictures, share=0.0, size=100)
    replay.keep(draw_texts([said(0)]))
    assert replay.state()["places"].tolist() == []


def test_its_state_is_tensors_and_brings_everything_back(
    replay: Replay, tiny_policy: Policy, pictures: list[Image.Image], draw_texts: DrawTexts
):
    replay.keep(draw_texts([said(0), said(1)]))
    state = replay.state()
    assert state["places"].tolist() == [0, 1]
    assert state["finished"].tolist() == [True] * 8
    again = replay_of(tiny_policy, pictures, share=0.5, size=100)
    again.load_state(state)
    fresh = draw_texts([said(2), said(3)])
    assert groups(again.mixed_into(fresh, 7)) == groups(replay.mixed_into(fresh, 7))


def test_an_empty_state_comes_back_empty(
    replay: Replay, tiny_policy: Policy, pictures: list[Image.Image]
):
    again = replay_of(tiny_policy, pictures, share=0.5, size=100)
    again.load_state(replay.state())
    assert again.state()["places"].tolist() == []
