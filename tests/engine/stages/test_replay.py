"""Earlier rollouts of the same prompts, by hand-written groups of texts."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
import torch

from prism_engine.batch import Drawn
from prism_engine.data.records import Record
from prism_engine.policy.policy import Policy
from prism_engine.randomness import Randomness
from prism_engine.stages.replay import Replay
from tests.engine.conftest import DrawTexts
from tests.engine.discriminators.game import response

RECORDS = [Record(id=str(n), question="what") for n in range(3)]


def said(step: int, count: int = 4) -> list[str]:
    return [response(f"- {'abcdefgh'[step]}", think="x" * (1 + n)) for n in range(count)]


@pytest.fixture
def replay(tiny_policy: Policy) -> Replay:
    return Replay(0.5, 100, RECORDS, tiny_policy.processor, Randomness(0))


def groups(drawn: Drawn) -> list[list[str]]:
    count = drawn.rollouts_per_prompt
    return [list(drawn.texts[at : at + count]) for at in range(0, len(drawn.texts), count)]


def test_nothing_is_replaced_while_nothing_earlier_is_known(
    replay: Replay,
    draw_texts: DrawTexts,
):
    drawn = draw_texts([said(0)])
    assert replay.mixed_into(drawn, 1) is drawn


def test_half_of_every_group_makes_room_for_earlier_rollouts_of_its_prompt(
    replay: Replay,
    draw_texts: DrawTexts,
):
    replay.keep(draw_texts([said(0), said(1)]))
    fresh = draw_texts([said(2), said(3)])
    mixed = replay.mixed_into(fresh, 2)
    for prompt, group in enumerate(groups(mixed)):
        assert group[:2] == groups(fresh)[prompt][:2]
        assert set(group[2:]) < set(said(prompt))
        assert len(set(group[2:])) == 2
    assert mixed.valid.all()
    assert [s.caption for s in mixed.sections] == [f"- {letter}" for letter in "ccaaddbb"]
    assert mixed.prompts is fresh.prompts


def test_a_prompt_with_too_few_earlier_rollouts_has_fewer_replaced(
    replay: Replay,
    draw_texts: DrawTexts,
):
    replay.keep(draw_texts([[said(0)[0], "malformed", "malformed", "malformed"]]))
    mixed = replay.mixed_into(draw_texts([said(1), said(2)]), 2)
    assert groups(mixed) == [[*said(1)[:3], said(0)[0]], said(2)]


def test_what_is_replaced_depends_on_the_step_alone(
    replay: Replay,
    draw_texts: DrawTexts,
):
    replay.keep(draw_texts([said(0)]))
    fresh = draw_texts([said(1)])
    mixed = [groups(replay.mixed_into(fresh, step)) for step in (2, 2, 3, 4, 5, 6)]
    assert mixed[0] == mixed[1]
    assert any(other != mixed[0] for other in mixed)


def test_only_the_newest_are_kept(tiny_policy: Policy, draw_texts: DrawTexts):
    replay = Replay(1.0, 4, RECORDS, tiny_policy.processor, Randomness(0))
    replay.keep(draw_texts([said(0)]))
    replay.keep(draw_texts([said(1)[:3]]))
    mixed = replay.mixed_into(draw_texts([said(2)]), 3)
    assert sorted(mixed.texts) == sorted([said(0)[3], *said(1)[:3]])


def test_without_a_share_nothing_is_kept(tiny_policy: Policy, draw_texts: DrawTexts):
    replay = Replay(0.0, 100, RECORDS, tiny_policy.processor, Randomness(0))
    replay.keep(draw_texts([said(0)]))
    assert replay.state()["places"].tolist() == []


def test_its_state_is_tensors_and_brings_everything_back(
    replay: Replay,
    tiny_policy: Policy,
    draw_texts: DrawTexts,
):
    texts: Sequence[Sequence[str]] = [said(0), said(1)]
    replay.keep(draw_texts(texts))
    state = replay.state()
    assert {value.dtype for value in state.values()} == {torch.int64}
    assert state["places"].tolist() == [0] * 4 + [1] * 4
    again = Replay(0.5, 100, RECORDS, tiny_policy.processor, Randomness(0))
    again.load_state(state)
    fresh = draw_texts([said(2), said(3)])
    assert groups(again.mixed_into(fresh, 7)) == groups(replay.mixed_into(fresh, 7))
