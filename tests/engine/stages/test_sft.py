"""Supervised fine-tuning by the command's own road, with every setting of how it is done."""

from __future__ import annotations

import json
from pathlib import Path
from statistics import fmean
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import load_file
from transformers import AutoModelForImageTextToText

from prism_engine.contract.config import read_pipeline
from prism_engine.contract.events import SamplesDrawn, StepFinished, read_events
from prism_engine.contract.metrics import METRICS
from prism_engine.data.collate import Collator
from prism_engine.interruption import Interruption
from prism_engine.policy.reading import ImageReader
from prism_engine.run import run_pipeline

PLAIN: dict[str, Any] = {}
PACKED = {"packing": True}
EVERYTHING = {
    "packing": True,
    "group_by_length": True,
    "items": 9,
    "tuning": {
        "frozen": ["vision"],
        "lora": {"rank": 2, "dropout": 0.3},
        "gradient_checkpointing": True,
        "tokens_per_pass": 256,
    },
}


def write_data(folder: Path, count: int, seed: int) -> Path:
    """Pictures of noise in three sizes, every fourth row without, and answers of any length."""
    folder.mkdir(parents=True)
    random = np.random.default_rng(seed)
    rows = []
    for number in range(count):
        pixels = random.integers(0, 256, (16, 16 + 8 * (number % 3), 3), dtype=np.uint8)
        Image.fromarray(pixels).save(folder / f"{number}.png")
        rows.append(
            {
                "id": f"row-{number}",
                "images": [f"{number}.png"] if number % 4 else [],
                "question": "what" + "?" * (number % 5),
                "response": "so " * int(random.integers(1, 40)),
            }
        )
    (folder / "data.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    return folder


@pytest.fixture(scope="session")
def sets(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    root = tmp_path_factory.mktemp("sets")
    return [write_data(root / name, count, seed) for seed, (name, count) in enumerate(
        [("first", 12), ("second", 5)]
    )]  # fmt: skip


def carried_out(
    model: Path, data: Path, out: Path, checkpoint: Path | None = None, **settings: Any
) -> dict[int, dict[str, float]]:
    """The metrics by step, timings left out."""
    run = {
        "kind": "sft", "policy": {"model": str(model)}, "data": str(data), "steps": 6,
        "batch_size": 4, "checkpoint_every": 3, "samples_every": 3, "max_tokens": 100,
        "optimizer": {"learning_rate": 1e-3, "schedule": "cosine", "warmup_steps": 2},
    }  # fmt: skip
    pipeline = read_pipeline({"name": "x", "seed": 3, "runs": {"sft": run | settings}})
    assert run_pipeline(pipeline, ["sft"], out, checkpoint, 1, Interruption()) == 0
    return {
        event.step: {n: v for n, v in event.metrics.items() if not METRICS[n].timing}
        for event in read_events(out / "sft" / "events.jsonl")
        if isinstance(event, StepFinished)
    }


def export(out: Path) -> dict[str, torch.Tensor]:
    return load_file(out / "sft" / "export" / "policy" / "model.safetensors")


def test_packing_learns_the_same_of_fewer_places(
    tiny_folder: Path, sets: list[Path], tmp_path: Path
) -> None:
    plain = carried_out(tiny_folder, sets[0], tmp_path / "plain", dtype="float64", **PLAIN)
    packed = carried_out(tiny_folder, sets[0], tmp_path / "packed", dtype="float64", **PACKED)

    for step, metrics in plain.items():
        assert packed[step]["tokens"] == metrics["tokens"]
        assert packed[step]["loss"] == pytest.approx(metrics["loss"], abs=1e-9)
    weights, others = export(tmp_path / "plain"), export(tmp_path / "packed")
    assert all((weights[name] - others[name]).abs().max() < 1e-7 for name in weights)
    useful = [fmean(m["useful_share"] for m in run.values()) for run in (plain, packed)]
    print(f"share of places that hold a token: {useful[0]:.3f} padded, {useful[1]:.3f} packed")
    assert useful[0] < 0.8 < 0.95 < useful[1]


def test_images_of_the_next_demonstrations_are_read_while_a_step_is_learned(
    tiny_folder: Path, sets: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    announced, read = [], []
    ahead, images = ImageReader.ahead, Collator._images
    monkeypatch.setattr(
        ImageReader,
        "ahead",
        lambda self, files: announced.append([f.name for f in files]) or ahead(self, files),
    )
    monkeypatch.setattr(
        Collator,
        "_images",
        lambda self, record: read.extend(record.images) or images(self, record),
    )
    carried_out(tiny_folder, sets[0], tmp_path, steps=4, samples_every=9)

    # What the first step learns was not known before; samples of it are drawn once more.
    assert len(announced) == 3
    assert [name for names in announced for name in names] == read[-sum(map(len, announced)) :]


@pytest.mark.parametrize("settings", [PACKED, EVERYTHING], ids=["packed", "everything"])
def test_a_resumed_run_goes_on_as_if_nothing_had_happened(
    tiny_folder: Path, sets: list[Path], tmp_path: Path, settings: dict[str, Any]
) -> None:
    mixed = settings | {"mixed_with": {str(sets[1]): 0.7}}
    whole = carried_out(tiny_folder, sets[0], tmp_path / "whole", **mixed)
    checkpoint = tmp_path / "whole" / "sft" / "checkpoints" / "step-000003"

    resumed = carried_out(tiny_folder, sets[0], tmp_path / "resumed", checkpoint, **mixed)

    assert resumed == {step: whole[step] for step in (4, 5, 6)}
    weights, others = export(tmp_path / "whole"), export(tmp_path / "resumed")
    assert all(torch.equal(weights[name], others[name]) for name in weights)


def test_checkpoints_hold_adapters_and_exports_plain_weights(
    tiny_folder: Path, sets: list[Path], tmp_path: Path
) -> None:
    losses = carried_out(tiny_folder, sets[0], tmp_path, **EVERYTHING)

    assert losses[6]["loss"] < losses[1]["loss"]
    saved = load_file(tmp_path / "sft" / "checkpoints" / "step-000006" / "policy.safetensors")
    assert all(".lora_" in name for name in saved if name.startswith("model."))
    before, after = load_file(tiny_folder / "model.safetensors"), export(tmp_path)
    assert before.keys() == after.keys()
    changed = {name for name in before if not torch.equal(before[name], after[name])}
    assert changed == {
        f"model.language_model.layers.{layer}.{part}.weight"
        for layer in (0, 1)
        for part in (
            "self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj", "self_attn.o_proj",
            "mlp.gate_proj", "mlp.up_proj", "mlp.down_proj",
        )
    }  # fmt: skip
    AutoModelForImageTextToText.from_pretrained(tmp_path / "sft" / "export" / "policy")


def test_samples_of_a_mixture_come_with_their_own_images(
    tiny_folder: Path, sets: list[Path], tmp_path: Path
) -> None:
    carried_out(tiny_folder, sets[0], tmp_path, mixed_with={str(sets[1]): 50.0})

    drawn = [
        e for e in read_events(tmp_path / "sft" / "events.jsonl") if isinstance(e, SamplesDrawn)
    ]
    others = [s for event in drawn for s in event.samples if s.item.startswith("second/row-")]
    assert others
    for sample in others:
        number = int(sample.item.removeprefix("second/row-"))
        assert len(sample.images) == (number % 4 > 0)
        for image in sample.images:
            kept = np.asarray(Image.open(tmp_path / "sft" / "images" / f"{image}.png"))
            assert np.array_equal(kept, np.asarray(Image.open(sets[1] / f"{number}.png")))


def test_a_part_of_the_data_is_all_that_is_learned(
    tiny_folder: Path, sets: list[Path], tmp_path: Path
) -> None:
    carried_out(tiny_folder, sets[0], tmp_path, items=2, samples_every=1)

    drawn = [
        e for e in read_events(tmp_path / "sft" / "events.jsonl") if isinstance(e, SamplesDrawn)
    ]
    assert len({sample.item for event in drawn for sample in event.samples}) == 2


def test_a_missing_data_set_of_a_mixture_is_named(
    tiny_folder: Path, sets: list[Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from prism_engine.__main__ import main

    recipe = tmp_path / "recipe.yaml"
    run = {"kind": "sft", "policy": {"model": str(tiny_folder)}, "data": str(sets[0])}
    run["mixed_with"] = {"/nowhere": 1}
    recipe.write_text(json.dumps({"name": "x", "runs": {"sft": run}}))

    assert main(["run", str(recipe), "--out", str(tmp_path / "out")]) == 2
    assert "runs.sft.mixed_with./nowhere: there is no data set" in capsys.readouterr().err
