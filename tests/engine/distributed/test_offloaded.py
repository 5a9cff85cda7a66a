"""Runs whose optimizers keep what they need in the machine's memory, beside runs that do not."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import load_file

from prism_engine.build import training
from prism_engine.contract.config import read_pipeline
from prism_engine.contract.events import StepFinished, read_events
from prism_engine.contract.metrics import METRICS
from prism_engine.distributed.offloaded import OffloadedEngine
from prism_engine.interruption import Interruption
from prism_engine.run import run_pipeline

FORM = "<caption>- {0}</caption><think>{0} it is</think><answer>{0}</answer>"

Carry = Callable[..., Path]


@pytest.fixture
def carry_out(tiny_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Carry:
    """Carries out an SFT, a warm-up and an alignment; what is aligned was recorded."""
    # A random policy writes nothing well-formed, from which the discriminator cannot learn.
    monkeypatch.setattr(training, "_collector", training._recorded)
    data = tmp_path / "data"
    data.mkdir()
    rows = []
    for number in range(4):
        noise = np.random.default_rng(number).integers(0, 256, (16, 16, 3), np.uint8)
        Image.fromarray(noise).save(data / f"{number}.png")
        rows.append(
            {
                "id": str(number), "images": [f"{number}.png"], "question": "what",
                "response": FORM.format("a"), "rollouts": [FORM.format(x) for x in "bc"],
            }
        )  # fmt: skip
    (data / "data.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))

    def carry_out(
        distribution: str, out: str, names: tuple[str, ...], checkpoint: Path | None = None
    ) -> Path:
        common = {
            "policy": {"model": str(tiny_folder)}, "data": str(data), "steps": 3,
            "checkpoint_every": 2, "dtype": "bfloat16", "distribution": {"kind": distribution},
            "optimizer": {"learning_rate": 0.01},
        }  # fmt: skip
        played = common | {
            "prompts_per_step": 2, "rollouts_per_prompt": 2, "sampling": {"max_new_tokens": 80},
            "audit": {"prompts": 0}, "game": {"optimizer": {"learning_rate": 0.01}},
        }  # fmt: skip
        runs: dict[str, Any] = {
            "sft": common | {"kind": "sft", "batch_size": 2},
            "warmup": played | {"kind": "warmup", "rollouts": "recorded"},
            "align": played | {
                "kind": "align", "policy": {"run": "sft"}, "discriminator": {"run": "warmup"},
                "kl_coefficient": 0.1,
            },
        }  # fmt: skip
        del runs["warmup"]["optimizer"]
        pipeline = read_pipeline({"name": "small", "runs": runs})
        code = run_pipeline(pipeline, names, tmp_path / out, checkpoint, 1, Interruption())
        assert code == 0
        return tmp_path / out

    return carry_out


def metrics(out: Path, run: str) -> list[dict[str, float]]:
    """What every step measured, times left out."""
    events = read_events(out / run / "events.jsonl")
    return [
        {name: value for name, value in event.metrics.items() if not METRICS[name].timing}
        for event in events
        if isinstance(event, StepFinished)
    ]


def weights(out: Path, run: str, role: str) -> dict[str, torch.Tensor]:
    return load_file(out / run / "export" / role / "model.safetensors")


def assert_same(ours: dict[str, torch.Tensor], theirs: dict[str, torch.Tensor]) -> None:
    assert ours.keys() == theirs.keys()
    assert all(torch.equal(ours[name], theirs[name]) for name in ours)


def test_runs_come_to_the_same_numbers_and_go_on_from_each_other(carry_out: Carry) -> None:
    names = ("sft", "warmup", "align")
    usual, spared = (carry_out(kind, kind, names) for kind in ("single", "offloaded"))

    for run in names:
        assert metrics(spared, run) == metrics(usual, run)
    for run, role in (("sft", "policy"), ("align", "policy"), ("align", "discriminator")):
        assert_same(weights(spared, run, role), weights(usual, run, role))
    checkpoint = "align/checkpoints/step-000002"
    for part in ("policy", "discriminator"):
        saved = f"{checkpoint}/{part}.safetensors"
        assert_same(load_file(spared / saved), load_file(usual / saved))

    before = metrics(usual, "align")
    carry_out("offloaded", "offloaded", ("align",), usual / checkpoint)
    assert metrics(spared, "align")[-1] == before[-1]
    assert_same(weights(spared, "align", "policy"), weights(usual, "align", "policy"))


def test_nothing_that_only_the_optimizer_needs_is_left_on_the_device(
    carry_out: Carry, monkeypatch: pytest.MonkeyPatch
) -> None:
    engines: list[OffloadedEngine] = []
    usual = OffloadedEngine.__init__

    def note(self: OffloadedEngine, *given: Any) -> None:
        usual(self, *given)
        engines.append(self)

    monkeypatch.setattr(OffloadedEngine, "__init__", note)
    carry_out("offloaded", "out", ("sft",))

    (engine,) = engines
    moments = [
        value for state in engine._optimizer._adamw.state.values() for value in state.values()
    ]
    tensors = [*engine._model.parameters(), *(each for each in moments if each.ndim)]
    assert len(tensors) > 100
    assert {tensor.untyped_storage().nbytes() for tensor in tensors} == {0}
