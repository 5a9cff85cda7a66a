"""Reinforcement with adapters and recomputed activations, by the command's own road."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file

from prism_engine.contract.config import read_pipeline
from prism_engine.interruption import Interruption
from prism_engine.run import run_pipeline
from tests.engine.stages.toy import Played

STEPS = {
    "steps": 4, "checkpoint_every": 2, "prompts_per_step": 2, "rollouts_per_prompt": 4,
    "sampling": {"max_new_tokens": 80}, "optimizer": {"learning_rate": 5e-3},
    "kl_coefficient": 0.05, "samples_every": 10,
    "algorithm": {"kind": "grpo", "deviation_floor": 0.1},
}  # fmt: skip
ADAPTED = {"lora": {"rank": 2, "alpha": 8.0, "dropout": 0.2}}


def carried_out(
    played: Played, kind: str, out: Path, checkpoint: Path | None = None, **tuning: Any
) -> Played:
    """Four steps from the supervised policy of the toy game."""
    toy = played.pipeline.runs["align"]
    run = STEPS | {
        "kind": kind,
        "policy": {"model": str(played.out / "sft" / "export" / "policy")},
        "data": toy.data,
        "tuning": tuning,
    }
    if kind == "align":
        export = played.out / "warmup" / "export" / "discriminator"
        run |= {
            "discriminator": {"model": str(export)},
            "game": toy.game.model_dump(),
            "audit": toy.audit.model_dump(),
        }
    pipeline = read_pipeline({"name": "x", "seed": 3, "runs": {kind: run}})
    assert run_pipeline(pipeline, [kind], out, checkpoint, 1, Interruption()) == 0
    return Played(pipeline, out)


@pytest.mark.parametrize("kind", ["align", "rlvr"])
def test_adapters_learn_by_reinforcement_and_resume_exactly(
    played: Played, tmp_path: Path, kind: str
) -> None:
    tuning = ADAPTED | {"gradient_checkpointing": True}
    whole = carried_out(played, kind, tmp_path / "whole", **tuning)
    checkpoint = tmp_path / "whole" / kind / "checkpoints" / "step-000002"

    resumed = carried_out(played, kind, tmp_path / "resumed", checkpoint, **tuning)

    metrics = whole.metrics(kind)
    assert resumed.metrics(kind) == {step: metrics[step] for step in (3, 4)}
    assert resumed.weights(kind, "policy") == whole.weights(kind, "policy")
    saved = load_file(checkpoint / "policy.safetensors")
    assert all(".lora_" in name for name in saved if name.startswith("model."))
    # The policy to stay near is the one below the adapters, which at first add nothing.
    assert metrics[1]["kl"] == 0
    assert metrics[4]["kl"] > 1e-6


def test_recomputed_activations_change_no_number(played: Played, tmp_path: Path) -> None:
    kept = carried_out(played, "rlvr", tmp_path / "kept", **ADAPTED)
    frugal = carried_out(
        played, "rlvr", tmp_path / "frugal", **ADAPTED, gradient_checkpointing=True
    )

    assert frugal.metrics("rlvr") == kept.metrics("rlvr")
    assert frugal.weights("rlvr", "policy") == kept.weights("rlvr", "policy")


def test_a_frozen_tower_leaves_reinforcement_as_it_came(played: Played, tmp_path: Path) -> None:
    run = carried_out(played, "rlvr", tmp_path, frozen=["vision", "projector"])

    before = load_file(played.out / "sft" / "export" / "policy" / "model.safetensors")
    after = load_file(run.out / "rlvr" / "export" / "policy" / "model.safetensors")
    changed = {name for name in before if not torch.equal(before[name], after[name])}
    assert changed == {name for name in before if ".visual." not in name}
