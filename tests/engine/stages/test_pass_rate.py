"""Prompts chosen by pass rate, groups drawn again: whole runs whose sampler throws coins."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file

from prism_engine.batch import PromptBatch, Rollouts
from prism_engine.build import workplace
from prism_engine.contract.config import Pipeline, read_pipeline
from prism_engine.contract.events import Failed, Log, SamplesDrawn, read_events
from prism_engine.interruption import Interruption
from prism_engine.policy.policy import Policy
from prism_engine.run import run_pipeline
from tests.engine.stages.toy import Played

RIGHT, WRONG = (f"<caption>- c</caption><think>t</think><answer>{n}</answer>" for n in ("1", "2"))
NEVER, SOMETIMES, ALWAYS = range(3)


class CoinSampler:
    """Is right never, half of the time or always, as the prompt's length modulo 3 says."""

    def __init__(self, policy: Policy, most_tokens: int) -> None:
        self._processor = policy.processor

    def sample(
        self, prompts: PromptBatch, group: int, *, generator: torch.Generator, **settings: Any
    ) -> Rollouts:
        chance = (prompts.attention_mask.sum(1) % 3 / 2).repeat_interleave(group)
        right = torch.rand(len(chance), generator=generator) < chance
        texts = [RIGHT if each else WRONG for each in right.tolist()]
        ids, mask = self._processor.pad_responses(
            [self._processor.encode_response(text) for text in texts]
        )
        return Rollouts(ids, mask, torch.zeros(ids.shape), torch.ones(len(texts), dtype=torch.bool))


@pytest.fixture
def kinds(tiny_policy: Policy) -> dict[int, str]:
    """A question of each kind."""
    lengths = {}
    for text in ("q", "qq", "qqq"):
        lengths[len(tiny_policy.processor.encode_prompt(text, []).input_ids) % 3] = text
    return lengths


@pytest.fixture
def pipeline(
    tiny_folder: Path, tmp_path: Path, kinds: dict[int, str], monkeypatch: pytest.MonkeyPatch
) -> Pipeline:
    """Fifteen rows, five of each kind."""
    monkeypatch.setattr(workplace, "SharedPrefillSampler", CoinSampler)
    rows = [
        {"id": f"{kind}-{n}", "question": question, "answer": {"type": "integer", "value": 1}}
        for kind, question in kinds.items()
        for n in range(5)
    ]
    (tmp_path / "data.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    return read_pipeline(
        {
            "name": "coins",
            "runs": {
                "rlvr": {
                    "kind": "rlvr", "policy": {"model": str(tiny_folder)},
                    "data": str(tmp_path / "data.jsonl"), "steps": 4, "checkpoint_every": 1,
                    "samples_every": 1, "prompts_per_step": 4, "rollouts_per_prompt": 2,
                    "sampling": {"max_new_tokens": 80}, "optimizer": {"learning_rate": 1e-3},
                    "algorithm": {"kind": "dapo"}, "iterations": 2, "mini_batches": 2,
                    # Coins know nothing of the policy's log-probabilities.
                    "gap_alarm": 1000,
                }
            },
        }
    )  # fmt: skip


def with_settings(pipeline: Pipeline, **settings: Any) -> Pipeline:
    recipe = pipeline.model_dump()
    recipe["runs"]["rlvr"].update(settings)
    return read_pipeline(recipe)


def play(pipeline: Pipeline, out: Path) -> int:
    return run_pipeline(pipeline, ["rlvr"], out, None, 1, Interruption())


def test_only_prompts_inside_the_band_are_learned_from(pipeline: Pipeline, tmp_path: Path) -> None:
    chosen = with_settings(pipeline, pass_rate={"samples": 16}, algorithm={"kind": "grpo"})
    assert play(chosen, tmp_path / "out") == 0

    events = list(read_events(tmp_path / "out" / "rlvr" / "events.jsonl"))
    (log,) = (event for event in events if isinstance(event, Log))
    assert log.message == (
        "of 15 prompts 5 have a pass rate up to 0, 5 between, and 5 from 1 on, by 16 samples "
        "each; those between are kept"
    )
    shown = {s.item for event in events if isinstance(event, SamplesDrawn) for s in event.samples}
    assert {item[0] for item in shown} == {str(SOMETIMES)}


def test_a_band_without_a_prompt_ends_the_run_with_what_was_found(
    pipeline: Pipeline, tmp_path: Path
) -> None:
    empty = with_settings(pipeline, pass_rate={"low": 0.9, "high": 1.0, "samples": 2})
    assert play(empty, tmp_path / "out") == 2

    events = read_events(tmp_path / "out" / "rlvr" / "events.jsonl")
    (failed,) = (event for event in events if isinstance(event, Failed))
    assert "pass_rate: of 15 prompts" in failed.message
    assert "0 between, and" in failed.message
    assert "the rates found were 0 (" in failed.message
    assert "widen the band" in failed.message


def test_a_run_of_many_draws_goes_on_bit_for_bit(pipeline: Pipeline, tmp_path: Path) -> None:
    """The band leaves out what is always right; the draws, what is never."""
    chosen = with_settings(pipeline, pass_rate={"low": 0.0, "high": 1.0, "samples": 4})
    undisturbed = Played(chosen, tmp_path / "out")
    assert play(chosen, undisturbed.out) == 0
    metrics = undisturbed.metrics("rlvr")
    assert max(numbers["draws"] for numbers in metrics.values()) > 1
    assert {numbers["updates"] for numbers in metrics.values()} == {4}

    resumed = undisturbed.resumed("rlvr", 2, tmp_path / "again")

    assert resumed.metrics("rlvr") == {step: metrics[step] for step in (3, 4)}
    assert resumed.weights("rlvr", "policy") == undisturbed.weights("rlvr", "policy")
    events = read_events(resumed.out / "rlvr" / "events.jsonl")
    assert not any(isinstance(event, Log) for event in events), "nothing is measured again"
    for name in ("policy", "data"):
        ends = [
            load_file(played.out / "rlvr" / "checkpoints" / "step-000004" / f"{name}.safetensors")
            for played in (undisturbed, resumed)
        ]
        assert ends[0].keys() == ends[1].keys()
        assert all(torch.equal(value, ends[1][key]) for key, value in ends[0].items())
