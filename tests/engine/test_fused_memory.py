"""What fused layers keep for the backward pass, against what the estimate counts.

The compiler's partitioner decides it, and that needs no GPU: here it runs without the kernels.
"""

from __future__ import annotations

from functools import partial
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from torch import Tensor
from torch.autograd.graph import saved_tensors_hooks
from torch.nn.attention import flex_attention

from prism_engine.batch import TrainingBatch
from prism_engine.contract.activations import FORMATS, FUSED, Batch, Network
from prism_engine.contract.shape import Shape
from prism_engine.policy.kernels import BLOCK, block_mask, compile_layers
from prism_engine.policy.policy import Policy
from prism_engine.policy.rows import lay_out
from prism_engine.policy.vision import compile_blocks
from tests.engine.tiny import save_tiny_model

BOUND = 0.03
"""Norms' deviations, normalisers of attention and padding are left out of the count."""

RESPONSES, LENGTH = 4, 64
TEXT = {
    "hidden_size": 320, "intermediate_size": 1216, "num_hidden_layers": 2,
    "num_attention_heads": 16, "num_key_value_heads": 4, "head_dim": 32,
    "rope_parameters": {
        "rope_type": "default", "rope_theta": 10000.0, "mrope_section": [6, 5, 5],
        "mrope_interleaved": True,
    },
}  # fmt: skip
VISION = {"hidden_size": 128, "intermediate_size": 512, "out_hidden_size": 320}


@pytest.fixture
def fused(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, request: pytest.FixtureRequest
) -> Policy:
    """A policy as it learns on a GPU, its kernels left out."""
    compiled = partial(torch.compile, backend="aot_eager_decomp_partition")
    monkeypatch.setattr(torch, "compile", compiled)
    monkeypatch.setattr(flex_attention, "_validate_device", lambda *_: None)
    save_tiny_model(tmp_path, text=TEXT, vision=VISION)
    policy = Policy.load(tmp_path, getattr(torch, request.param), torch.device("cpu"))
    compile_layers(policy.model.model.language_model.layers)
    compile_blocks(policy.model.model.visual)
    return policy


def group(policy: Policy) -> TrainingBatch:
    """Responses to one prompt about a picture of noise."""
    noise = np.random.default_rng(0).integers(0, 256, (64, 64, 3), np.uint8)
    encoded = policy.processor.encode_prompt("what follows here?", [Image.fromarray(noise)])
    answered = torch.ones(RESPONSES, LENGTH, dtype=torch.bool)
    return TrainingBatch(
        prompts=policy.processor.pad([encoded]),
        prompt_index=torch.zeros(RESPONSES, dtype=torch.int64),
        response_ids=torch.randint(0, 256, (RESPONSES, LENGTH)),
        response_mask=answered,
        learned_mask=answered,
        behaviour_logprobs=torch.zeros(RESPONSES, LENGTH),
        advantages=torch.ones(RESPONSES, LENGTH),
    )


@pytest.mark.parametrize("fused", ["float32", "bfloat16"], indirect=True)
def test_fused_layers_keep_what_is_counted(fused: Policy) -> None:
    batch = group(fused)
    rows = lay_out(batch, (1,), fused.processor.pad_id, multiple=BLOCK)
    with fused.precision():
        weights = {weight.data_ptr() for weight in fused.model.parameters()}
        kept: dict[int, int] = {}

        def note(tensor: Tensor) -> Tensor:
            storage = tensor.untyped_storage()
            if storage.data_ptr() not in weights:
                kept[storage.data_ptr()] = storage.nbytes()
            return tensor

        with saved_tensors_hooks(note, lambda tensor: tensor):
            states = fused._states_in_rows(batch, rows, block_mask(rows))
        assert states.requires_grad

    dtype = str(fused.dtype).removeprefix("torch.")
    network = Network(Shape.of(fused.model.config.to_dict()), FORMATS[dtype], FUSED[dtype])
    image = int(batch.prompts.token_types.sum())
    counted = network.activations(
        Batch(1, RESPONSES, rows.input_ids.numel() - RESPONSES * LENGTH, LENGTH, image)
    )
    assert counted == pytest.approx(sum(kept.values()), rel=BOUND)
