"""The estimate against the library's own models, and against the memory that runs really take."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from torch.profiler import ProfilerActivity, profile
from transformers import Qwen3VLConfig, Qwen3VLForConditionalGeneration

from prism_engine.build import training
from prism_engine.contract.config import Pipeline, read_pipeline
from prism_engine.contract.discriminators import Moe
from prism_engine.contract.estimate import Lengths, estimate_pipeline
from prism_engine.contract.shape import Shape, known_shapes
from prism_engine.data.records import read_data
from prism_engine.discriminators.sections import EXPERTS
from prism_engine.discriminators.sparse import SparseScorer
from prism_engine.interruption import Interruption
from prism_engine.policy.processor import Processor
from prism_engine.run import run_pipeline
from tests.engine.tiny import save_tiny_model

BOUND = 0.08
"""Of the measured peak. What is left is bookkeeping that the estimate does not count."""

DEEPSTACK = {24: [5, 11, 17], 27: [8, 16, 24]}


def config_of(shape: Shape) -> Qwen3VLConfig:
    """The library's configuration with the numbers of a shape."""
    text, vision = shape.language, shape.vision
    return Qwen3VLConfig(
        text_config={
            "hidden_size": text.width,
            "intermediate_size": text.feed_forward,
            "num_hidden_layers": text.layers,
            "num_attention_heads": text.heads,
            "num_key_value_heads": text.key_heads,
            "head_dim": text.head_width,
            "vocab_size": text.vocabulary,
            "max_position_embeddings": text.longest,
        },
        vision_config={
            "hidden_size": vision.width,
            "intermediate_size": vision.feed_forward,
            "depth": vision.layers,
            "num_heads": 16,
            "patch_size": 16,
            "temporal_patch_size": 2,
            "spatial_merge_size": 2,
            "num_position_embeddings": vision.positions,
            "out_hidden_size": text.width,
            "deepstack_visual_indexes": DEEPSTACK[vision.layers],
        },
        tie_word_embeddings=text.tied,
    )


@pytest.mark.parametrize("name", known_shapes())
def test_public_models_have_the_weights_that_are_counted(name):
    shape = known_shapes()[name]
    with torch.device("meta"):
        model = Qwen3VLForConditionalGeneration(config_of(shape))
    assert Shape.of(model.config.to_dict()) == shape
    towers = {"vision": 0, "projector": 0, "language": 0}
    for weight, parameter in model.named_parameters():
        tower = "projector" if "merger" in weight else "language"
        if weight.startswith("model.visual.") and "merger" not in weight:
            tower = "vision"
        towers[tower] += parameter.numel()
    assert towers == shape.towers
    assert (model.lm_head.weight is model.get_input_embeddings().weight) == shape.language.tied


@pytest.mark.parametrize("name", ["Qwen/Qwen3-VL-2B-Instruct", "Qwen/Qwen3-VL-8B-Instruct"])
def test_public_models_upcycled_have_the_weights_that_are_counted(name):
    shape = known_shapes()[name]
    with torch.device("meta"):
        policy = Qwen3VLForConditionalGeneration(config_of(shape))
        scorer = SparseScorer.grown(policy, Moe(), EXPERTS, None)
    assert sum(weight.numel() for weight in scorer.parameters()) == shape.scored(experts=4)
    names = dict(scorer.named_parameters())
    experts = names["model.language_model.layers.0.mlp.experts.gate_up_proj"]
    assert experts.shape == (4, 2 * shape.language.feed_forward, shape.language.width)
    assert names["model.language_model.layers.0.mlp.gate.weight"].shape == (4, shape.language.width)
    assert names["score.weight"].shape == (1, shape.language.width)
    assert not any("lm_head" in weight for weight in names)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model wide enough for its own numbers to count, and eight rows with recorded rollouts."""
    folder = tmp_path_factory.mktemp("measured")
    text = {"hidden_size": 64, "intermediate_size": 192, "num_hidden_layers": 4}
    vision = {"hidden_size": 64, "intermediate_size": 128, "out_hidden_size": 64, "depth": 2}
    save_tiny_model(folder / "model", text=text, vision=vision)
    rows = []
    for number in range(8):
        pixels = np.random.default_rng(number).integers(0, 256, (32, 32, 3), dtype=np.uint8)
        Image.fromarray(pixels).save(folder / f"{number}.png")
        rows.append(
            {
                "id": str(number),
                "images": [f"{number}.png"],
                "question": "what",
                "response": response("a"),
                "rollouts": [response(letter) for letter in "bcdefghi"],
            }
        )
    (folder / "data.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    return folder


def response(letter: str) -> str:
    """Halves of like length, no two of which are alike for different letters."""
    return f"<caption>\n- {letter * 12}</caption>\n<think>{letter * 6}</think>\n<answer>1</answer>"


def pipeline_of(world: Path) -> Pipeline:
    common: dict[str, Any] = {
        "policy": {"model": str(world / "model")}, "data": str(world), "steps": 2,
        "resources": {"gpus": 0},
    }  # fmt: skip
    group = {
        **common, "prompts_per_step": 2, "rollouts_per_prompt": 8,
        "sampling": {"max_new_tokens": lengths_of(world).response},
    }  # fmt: skip
    runs = {
        "sft": {"kind": "sft", "batch_size": 8, **common},
        "sft-half": {"kind": "sft", "batch_size": 8, "dtype": "bfloat16", **common},
        "rlvr": {"kind": "rlvr", **group},
        "warmup": {"kind": "warmup", "rollouts": "recorded", "audit": {"prompts": 0}, **group},
        "warmup-half": {
            "kind": "warmup", "rollouts": "recorded", "audit": {"prompts": 0},
            "dtype": "bfloat16", **group,
        },
        "align": {
            "kind": "align", "discriminator": {"run": "warmup"}, "kl_coefficient": 0.1,
            "audit": {"prompts": 0}, **group,
        },
    }  # fmt: skip
    return read_pipeline({"name": "measured", "runs": runs})


def lengths_of(world: Path) -> Lengths:
    processor, data = Processor.load(world / "model"), read_data(world)
    record = data.records[0]
    prompt = processor.encode_prompt(record.question, data.images(record))
    written = len(processor.encode_response(response("a")))
    return Lengths(len(prompt.input_ids), int(prompt.token_types.sum()), written)


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("out")


@pytest.mark.parametrize("name", ["sft", "sft-half", "rlvr", "warmup", "warmup-half", "align"])
def test_runs_take_the_memory_that_was_estimated(name, world, out, monkeypatch):
    if name == "align":
        # A random policy writes nothing well-formed, from which the discriminator cannot learn.
        monkeypatch.setattr(training, "_collector", training._recorded)
    pipeline = pipeline_of(world)
    config = json.loads((world / "model" / "config.json").read_text())
    shapes = {str(world / "model"): Shape.of(config)}
    estimated = estimate_pipeline(pipeline, shapes, lengths_of(world))[name].total
    with profile(activities=[ProfilerActivity.CPU], profile_memory=True) as profiled:
        assert run_pipeline(pipeline, [name], out, None, 1, Interruption()) == 0
    assert estimated == pytest.approx(_peak(profiled), rel=BOUND)


def _peak(profiled: profile) -> int:
    """The most bytes that tensors took at a time."""
    events = sorted(_allocations(profiled))
    return int(np.cumsum([size for _, size in events]).max())


def _allocations(profiled: profile) -> Iterator[tuple[int, int]]:
    """Time and size of every allocation; a release has a negative size."""
    waiting = list(profiled.profiler.kineto_results.experimental_event_tree())
    while waiting:
        event = waiting.pop()
        waiting += event.children
        if str(event.tag) == "_EventType.Allocation":
            yield event.start_time_ns, event.extra_fields.alloc_size
