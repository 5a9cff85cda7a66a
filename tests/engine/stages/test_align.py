from __future__ import annotations

import itertools
import json
import math
import shutil
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch

from prism_engine.algorithms.grpo import Grpo
from prism_engine.contract.algorithms import Grpo as GrpoSettings
from prism_engine.contract.config import Align as AlignSettings
from prism_engine.contract.config import read_pipeline
from prism_engine.contract.events import CheckpointSaved, Event, Log, SamplesDrawn, read_events
from prism_engine.discriminators.discriminator import Scores
from prism_engine.discriminators.moe import MoeDiscriminator
from prism_engine.discriminators.sections import EXPERTS
from prism_engine.discriminators.sparse import SparseScorer
from prism_engine.interruption import Interruption
from prism_engine.run import run_pipeline
from prism_engine.stages.align import Align, channel_weights
from prism_engine.stages.credit import ResponseCredit
from tests.engine.stages.toy import Played


def advantages_of(perception, reasoning, valid, **settings) -> torch.Tensor:
    """(P, G): those of whole responses, each of one token."""
    align = AlignSettings(
        policy={"model": "unused"}, discriminator={"model": "unused"}, data="unused", **settings
    )
    equipment = SimpleNamespace(discriminator=SimpleNamespace(channels=EXPERTS))
    stage = Align(align, equipment, Grpo(GrpoSettings(), 80), ResponseCredit(None, EXPERTS))
    rewards = {"perception": torch.tensor(perception), "reasoning": torch.tensor(reasoning)}
    flags = torch.tensor(valid).flatten()
    mask = torch.ones(len(flags), 1, dtype=torch.bool)
    drawn = SimpleNamespace(valid=flags, rollouts=SimpleNamespace(mask=mask))
    return stage.advantages(rewards, drawn).view(len(valid), -1)


def test_each_expert_is_normalised_before_they_are_mixed():
    found = advantages_of([[0.0, 2.0]], [[100.0, -100.0]], [[True, True]], perception_weight=0.75)
    one = 0.5**0.5  # z-scores of two numbers, with the unbiased deviation
    assert found.tolist() == [
        [pytest.approx(-0.5 * one, abs=1e-5), pytest.approx(0.5 * one, abs=1e-5)]
    ]


def test_a_channel_that_stands_alone_counts_for_all_of_the_reward():
    assert channel_weights(EXPERTS, 0.75) == {"perception": 0.75, "reasoning": 0.25}
    assert channel_weights(["response"], 0.75) == {"response": 1}


def test_malformed_rollouts_pay_on_top_of_being_last():
    found = advantages_of([[1.0, 0.0]], [[1.0, 0.0]], [[True, False]], format_penalty=1.5)
    one = 0.5**0.5
    assert found.tolist() == [[pytest.approx(one, abs=1e-5), pytest.approx(-one - 1.5, abs=1e-5)]]


def test_a_group_without_a_valid_rollout_is_pushed_down_alike():
    found = advantages_of([[-1.0, -1.0]], [[-1.0, -1.0]], [[False, False]], format_penalty=1.5)
    assert found.tolist() == [[-1.5, -1.5]]


def test_the_policy_comes_to_write_what_is_demonstrated(played: Played):
    metrics = played.metrics("align")
    ties = [metrics[step]["tie_share_perception"] for step in sorted(metrics)]
    assert sum(ties[-8:]) / 8 > sum(ties[:8]) / 8 + 0.1
    assert metrics[1]["kl"] == pytest.approx(0, abs=1e-6)
    assert metrics[24]["kl"] > 1e-3


def test_every_number_of_the_game_is_reported(played: Played):
    first = played.metrics("align")[1]
    names = {
        f"{name}_{expert}"
        for name in ("gap", "discriminator_accuracy", "tie_share", "score_spread", "reward")
        for expert in ("perception", "reasoning")
    }
    assert names < first.keys()
    assert {"discriminator_loss", "reward", "valid_share", "accuracy", "kl"} < first.keys()
    mixed = (first["reward_perception"] + first["reward_reasoning"]) / 2
    assert first["reward"] == pytest.approx(mixed)


@pytest.mark.parametrize(
    ("kind", "channels"),
    [
        ("dense", ["perception", "reasoning"]),
        ("text_only", ["perception", "reasoning"]),
        ("whole_response", ["response"]),
        ("length_only", ["perception", "reasoning"]),
        ("random", ["perception", "reasoning"]),
    ],
)
def test_the_policy_plays_against_every_kind_of_discriminator(
    played: Played, tmp_path: Path, kind: str, channels: list[str]
):
    recipe = played.pipeline.model_dump(mode="json")
    recipe["runs"]["warmup"] |= {"discriminator": {"kind": kind}, "gate": None, "steps": 2}
    recipe["runs"]["align"] |= {"steps": 2}
    shutil.copytree(played.out / "sft" / "export", tmp_path / "sft" / "export")
    game = Played(read_pipeline(recipe), tmp_path)
    names = ["warmup", "align"]
    assert run_pipeline(game.pipeline, names, tmp_path, None, 1, Interruption()) == 0
    exported = tmp_path / "align" / "export" / "discriminator" / "config.json"
    assert json.loads(exported.read_text())["discriminator"] == kind
    first = game.metrics("align")[1]
    assert {name for name in first if name.startswith("gap_")} == {f"gap_{c}" for c in channels}
    rewards = [first[f"reward_{channel}"] for channel in channels]
    assert first["reward"] == pytest.approx(sum(rewards) / len(rewards))
    events = list(read_events(tmp_path / "align" / "events.jsonl"))
    shown = next(event for event in events if isinstance(event, SamplesDrawn)).samples[0]
    assert (shown.demonstration.score is not None) == (channels == ["response"])
    assert (shown.demonstration.caption.score is None) == (channels == ["response"])


def test_samples_show_what_each_expert_thought_of_both_sides(played: Played):
    events = read_events(played.out / "align" / "events.jsonl")
    drawn = next(event for event in events if isinstance(event, SamplesDrawn))
    for sample in drawn.samples:
        assert sample.demonstration.caption.score is not None
        assert sample.demonstration.reasoning.score is not None
        for rollout in sample.rollouts:
            assert rollout.advantage is not None
            assert (rollout.caption is not None) == rollout.valid
            if rollout.caption and rollout.caption.text == sample.demonstration.caption.text:
                assert rollout.caption.score == sample.demonstration.caption.score
        for sha256 in sample.images:
            assert (played.out / "align" / "images" / f"{sha256}.png").is_file()


def test_it_ends_with_a_policy_and_a_discriminator(played: Played):
    events = list(read_events(played.out / "align" / "events.jsonl"))
    exported = [e.role for e in events if isinstance(e, CheckpointSaved) and e.kind == "exported"]
    assert exported == ["policy", "discriminator"]
    folder = played.out / "align" / "export" / "discriminator"
    assert SparseScorer.from_pretrained(folder).score.weight.shape == (1, 32)


def test_a_resumed_alignment_goes_on_bit_for_bit(played: Played, tmp_path: Path):
    resumed = played.resumed("align", 20, tmp_path / "out")
    undisturbed = played.metrics("align")
    assert resumed.metrics("align") == {step: undisturbed[step] for step in range(21, 25)}
    for role in ("policy", "discriminator"):
        assert resumed.weights("align", role) == played.weights("align", role)


def aligned_until_spoiled(played: Played, out: Path) -> tuple[int, list[Event]]:
    """The toy's alignment from step 16 on without a checkpoint to come; exit code and events."""
    recipe = played.pipeline.model_dump(mode="json")
    recipe["runs"]["align"]["checkpoint_every"] = 100
    shutil.copytree(played.out, out)
    (out / "align" / "events.jsonl").unlink()
    # What the resumed run writes must be its own.
    for step in (20, 24):
        shutil.rmtree(out / "align" / "checkpoints" / f"step-{step:06d}")
    checkpoint = out / "align" / "checkpoints" / "step-000016"
    code = run_pipeline(read_pipeline(recipe), ["align"], out, checkpoint, 1, Interruption())
    return code, list(read_events(out / "align" / "events.jsonl"))


def test_scores_that_are_no_numbers_stop_it_before_anything_learns_from_them(
    played: Played, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    score, calls = MoeDiscriminator.score, itertools.count(17)

    def spoiled(discriminator: MoeDiscriminator, *arguments: object) -> Scores:
        scores = score(discriminator, *arguments)
        # Audits score too, but nothing is learned from what they see.
        if not torch.is_grad_enabled() or next(calls) < 21:
            return scores
        channels = dict(scores.channels)
        channels["reasoning"] = replace(
            channels["reasoning"], rollouts=channels["reasoning"].rollouts * math.nan
        )
        return replace(scores, channels=channels)

    monkeypatch.setattr(MoeDiscriminator, "score", spoiled)
    code, found = aligned_until_spoiled(played, tmp_path / "out")

    assert code == 5
    assert found[-1].message.startswith("Diverged: step 21: the discriminator's score is not a")
    (saved,) = (event for event in found if isinstance(event, CheckpointSaved))
    assert saved.step == 20
    for part in ("policy", "discriminator"):
        name = Path("align") / saved.path / f"{part}.safetensors"
        assert (tmp_path / "out" / name).read_bytes() == (played.out / name).read_bytes()


def test_a_discriminator_that_diverges_after_the_policy_learned_says_what_cannot_be_saved(
    played: Played, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    learn, calls = MoeDiscriminator.learn, itertools.count(17)

    def spoiled(discriminator: MoeDiscriminator, scores: Scores, step: int) -> dict[str, float]:
        if next(calls) == 21:
            for both in scores.channels.values():
                both.rollouts.register_hook(lambda gradient: gradient * math.nan)
        return learn(discriminator, scores, step)

    monkeypatch.setattr(MoeDiscriminator, "learn", spoiled)
    code, found = aligned_until_spoiled(played, tmp_path / "out")

    assert code == 5
    assert not any(isinstance(event, CheckpointSaved) for event in found)
    assert [event.message for event in found if isinstance(event, Log)] == [
        "step 21 had changed weights already when it diverged, so that there is no checkpoint of "
        "step 20; the last is of 16"
    ]
    assert found[-1].message.startswith(
        "Diverged: step 21: the discriminator's gradient is not a finite number"
    )


def test_credit_by_section_is_another_gradient_from_the_same_rollouts(
    played: Played, tmp_path: Path
) -> None:
    recipe = played.pipeline.model_dump()
    recipe["runs"]["align"] |= {"credit": "section", "steps": 1}
    shutil.copytree(played.out, tmp_path / "out")
    shutil.rmtree(tmp_path / "out" / "align")
    by_section = Played(read_pipeline(recipe), tmp_path / "out")
    code = run_pipeline(by_section.pipeline, ["align"], by_section.out, None, 1, Interruption())
    assert code == 0

    response, section = (run.metrics("align")[1] for run in (played, by_section))
    assert section["reward"] == response["reward"]
    assert section["gradient_norm"] != pytest.approx(response["gradient_norm"], rel=1e-2)
