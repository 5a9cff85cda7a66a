"""Audits of constructed games by the real road: disk, sampler, parser, discriminator, events."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from prism_engine.contract.config import Warmup as WarmupSettings
from prism_engine.contract.discriminators import LengthOnly
from prism_engine.contract.events import Audited, SamplesDrawn
from prism_engine.data.records import DataSet, Record
from prism_engine.errors import InvalidData
from prism_engine.policy.policy import Policy
from prism_engine.stages.audit import hold_out
from prism_engine.stages.warmup import Warmup
from tests.engine.discriminators.game import response
from tests.engine.stages.parrot import Speech, audits_in, events_in, stage_in_which
from tests.engine.stages.toy import CURATED

WORSE = CURATED.replace("a\n- b", "b").replace("tt", "t")


def play(stage: Warmup, steps: int, first: int = 1) -> list[dict[str, float]]:
    """Take steps; returns what was measured, timings left out."""
    return [
        {
            name: value
            for name, value in stage.reflect(stage.collect(step)).items()
            if not name.endswith("seconds")
        }
        for step in range(first, first + steps)
    ]


def at_random(choices: list[str], group: int) -> Speech:
    def speak(generator: torch.Generator, prompts: int) -> list[str]:
        chosen = torch.randint(len(choices), (prompts * group,), generator=generator)
        return [choices[number] for number in chosen.tolist()]

    return speak


def test_an_audit_is_due_every_so_many_steps_and_at_the_last(tiny_policy: Policy, tmp_path: Path):
    audit = {"every": 3, "prompts": 2}
    stage = stage_in_which(tiny_policy, tmp_path, [CURATED], [WORSE, WORSE], audit=audit, steps=8)
    play(stage, 8)
    assert [event.step for event in audits_in(tmp_path)] == [3, 6, 8]


def test_without_held_out_prompts_there_are_no_audits(tiny_policy: Policy, tmp_path: Path):
    stage = stage_in_which(tiny_policy, tmp_path, [CURATED], [WORSE], steps=2)
    play(stage, 2)
    assert audits_in(tmp_path) == []


def test_training_never_draws_what_is_held_out_and_audits_nothing_else(
    tiny_policy: Policy, tmp_path: Path
):
    audit = {"every": 1, "prompts": 3}
    stage = stage_in_which(tiny_policy, tmp_path, [CURATED], [WORSE], audit=audit)
    drawn = {record.id for step in range(1, 4) for record in stage.collect(step).drawn.records}
    assert drawn == {"0-0", "1-0", "2-0", "3-0"}
    asked = []
    respond = stage.equipment.auditor._collector.respond
    stage.equipment.auditor._collector.respond = lambda records, generator: (
        asked.extend(records) or respond(records, generator)
    )
    stage.equipment.auditor.audit(1)
    assert [record.id for record in asked] == ["4-0", "5-0", "6-0"]


def test_every_audit_shows_the_same_items_with_their_scores(tiny_policy: Policy, tmp_path: Path):
    audit = {"every": 2, "prompts": 5}
    stage = stage_in_which(tiny_policy, tmp_path, [CURATED], [WORSE, "no form"], audit=audit)
    play(stage, 4)
    shown = [event for event in events_in(tmp_path) if isinstance(event, SamplesDrawn)]
    assert [event.step for event in shown] == [2, 4]
    for event in shown:
        assert [sample.item for sample in event.samples] == ["4-0", "5-0"]
        for sample in event.samples:
            assert [rollout.valid for rollout in sample.rollouts] == [True, False]
            assert sample.rollouts[0].reasoning.score is not None
            assert sample.demonstration.reasoning.score is not None
            assert sample.rollouts[0].advantage is None


def test_a_run_with_audits_and_one_without_are_the_same_run(tiny_policy: Policy, tmp_path: Path):
    speech = at_random([CURATED, WORSE], 2)
    stages = [
        stage_in_which(
            tiny_policy, tmp_path / str(every), [CURATED], speech, rollouts_per_prompt=2,
            audit={"every": every, "prompts": 4},
        )
        for every in (1, 50)
    ]  # fmt: skip
    often, never = (play(stage, 3) for stage in stages)
    assert often == never
    assert len(audits_in(tmp_path / "1")) == 3
    assert audits_in(tmp_path / "50") == []
    states = [stage.equipment.discriminator.state() for stage in stages]
    assert all(torch.equal(value, states[1][name]) for name, value in states[0].items())


def test_figures_are_of_the_pairs_that_were_drawn(tiny_policy: Policy, tmp_path: Path):
    audit = {"every": 1, "prompts": 4}
    stage = stage_in_which(
        tiny_policy, tmp_path, [CURATED], [CURATED, WORSE, "no form"], audit=audit
    )
    play(stage, 1)
    (found,) = audits_in(tmp_path)
    assert (found.pairs, found.valid_share) == (8, pytest.approx(2 / 3))
    assert found.verdict is None
    assert found.reason.startswith("8 held-out pairs are too few to tell")
    for expert in found.experts.values():
        assert expert.ties == 4
        assert expert.accuracy.n == 4
        # Demonstrations are longer in all pairs that differ, as either half shows the other.
        assert expert.length_accuracy.value == 1
        assert expert.saturation_gap == pytest.approx(6.43, abs=0.005)


def verdicts(
    policy: Policy, folder: Path, demonstrated: list[str], said: list[str] | Speech, **settings
) -> list[Audited]:
    """What audits of 200 pairs say of a game of so many steps."""
    steps = settings.pop("steps", 6)
    settings.setdefault("audit", {"every": steps, "prompts": 25})
    stage = stage_in_which(policy, folder, demonstrated, said, **settings)
    play(stage, steps)
    return audits_in(folder)


def test_a_policy_without_the_form_has_collapsed(tiny_policy: Policy, tmp_path: Path):
    said = [WORSE, *["no form"] * 7]
    (found,) = verdicts(tiny_policy, tmp_path, [CURATED], said, steps=1)
    assert found.verdict == "collapsed"
    assert found.reason.startswith("Only 12% of 200 held-out rollouts")


def test_scores_that_are_all_the_same_have_collapsed(tiny_policy: Policy, tmp_path: Path):
    (found,) = verdicts(
        tiny_policy, tmp_path, [CURATED], [CURATED] * 8, steps=1, discriminator=LengthOnly()
    )
    assert found.verdict == "collapsed"
    assert "All perception scores are the same" in found.reason


def test_a_difference_in_length_alone_leaks(tiny_policy: Policy, tmp_path: Path):
    """Nine in ten demonstrations are longer by one word, which is all that differs."""
    demonstrated = [response("- a a", "b b")] * 9 + [response("- a", "b")]
    found = verdicts(
        tiny_policy, tmp_path, demonstrated, [response("- a", "b")] * 8,
        discriminator=LengthOnly(), game={"optimizer": {"learning_rate": 0.3}},
        audit={"every": 6, "prompts": 30},
    )  # fmt: skip
    assert found[-1].verdict == "leaking"
    assert found[-1].reason.startswith("Length alone tells 100% of held-out pairs apart")


def test_what_is_told_apart_every_time_saturates_at_the_third_audit(
    tiny_policy: Policy, tmp_path: Path
):
    audits = verdicts(
        tiny_policy, tmp_path, [response("- a", "b b")], [response("- c", "d d")] * 8,
        steps=9, audit={"every": 3, "prompts": 25}, game={"optimizer": {"learning_rate": 1e-2}},
    )  # fmt: skip
    assert [found.verdict for found in audits] == ["healthy", "healthy", "saturated"]
    assert audits[-1].experts["perception"].accuracy.value == 1


def test_a_policy_that_comes_to_say_what_is_demonstrated_matches(
    tiny_policy: Policy, tmp_path: Path
):
    """In the end it says each of eight things of every picture, as the demonstrations do.

    Every pair that is won is then lost the other way round, by an expert that has learned to
    prefer the four things that the policy did not say in the beginning.
    """
    words = [response(8 * a, 8 * b) for a, b in zip("abcdefgh", "stuvwxyz", strict=True)]
    said = words[:4] * 2
    stage = stage_in_which(
        tiny_policy, tmp_path, words, lambda _, prompts: said * prompts, rollouts_per_prompt=8,
        audit={"every": 8, "prompts": 32}, game={"optimizer": {"learning_rate": 1e-2}},
    )  # fmt: skip
    play(stage, 8)
    said = words
    play(stage, 1, first=16)
    before, after = audits_in(tmp_path)
    assert before.verdict == "healthy"
    assert after.pairs == 32 * 8
    for expert in after.experts.values():
        assert expert.ties == 32
        assert expert.accuracy.value == pytest.approx(0.5, abs=0.05)
    assert after.verdict == "matched"


@pytest.mark.parametrize("planted", [False, True], ids=["the same", "one letter planted"])
def test_two_samples_of_one_distribution_stay_apart_by_chance_alone(
    tiny_policy: Policy, tmp_path: Path, planted: bool
):
    words = [response(f"- {a}", b) for a in "abcdefgh" for b in "stuvwxyz"]
    said = [word.replace("- ", "= ") for word in words] if planted else words
    found = verdicts(
        tiny_policy, tmp_path, words, at_random(said, 1), rollouts_per_prompt=1, steps=12,
        audit={"every": 12, "prompts": 320}, game={"optimizer": {"learning_rate": 1e-2}},
    )  # fmt: skip
    accuracy = found[-1].experts["perception"].accuracy
    assert accuracy.n > 250
    if planted:
        assert accuracy.value >= 0.9
    else:
        # More than four standard errors to either side.
        assert accuracy.value == pytest.approx(0.5, abs=0.13)


def test_a_resumed_run_counts_on(tiny_policy: Policy, tmp_path: Path):
    stages = [
        stage_in_which(
            tiny_policy, tmp_path / name, [response("- a", "b b")], [response("- c", "d d")],
            audit={"every": 1, "prompts": 2}, game={"optimizer": {"learning_rate": 1e-2}},
        )
        for name in ("first", "resumed", "afresh")
    ]  # fmt: skip
    first, resumed, afresh = stages
    play(first, 12)
    count = int(first.equipment.auditor.state()["perception"])
    assert count > 1
    for stage in (resumed, afresh):
        stage.equipment.discriminator.load_state(first.equipment.discriminator.state())
    resumed.equipment.auditor.load_state(first.equipment.auditor.state())
    for stage in (resumed, afresh):
        play(stage, 1, first=13)
    assert int(resumed.equipment.auditor.state()["perception"]) == count + 1
    assert int(afresh.equipment.auditor.state()["perception"]) == 1


def test_too_few_rows_are_refused_by_the_name_of_the_setting(tmp_path: Path):
    data = DataSet(tmp_path, [Record(id=str(n), question="q") for n in range(10)])
    settings = {"policy": {"model": "m"}, "data": "d", "prompts_per_step": 4}
    enough = WarmupSettings(**settings, audit={"prompts": 6})
    trained, held = hold_out(data, enough)
    assert [len(trained), len(held)] == [4, 6]
    assert held.records[0].id == "4"
    with pytest.raises(InvalidData) as refused:
        hold_out(data, WarmupSettings(**settings, audit={"prompts": 7}))
    (problem,) = refused.value.problems
    assert problem.field == "audit.prompts"
    assert "10 rows, 7 are held out for audits and a step draws 4" in problem.message
