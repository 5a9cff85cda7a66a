from __future__ import annotations

from pathlib import Path

import torch
from PIL import Image
from transformers import AutoModelForImageTextToText

from prism_engine.contract.settings import Lora
from prism_engine.policy.adapters import add_adapters, plain_weights
from prism_engine.policy.policy import Policy
from tests.engine.policy.demonstrations import demonstrations

LORA = Lora(rank=2, alpha=5.0)
ADAPTED = "model.language_model.layers.1.mlp.down_proj"


def adapted(policy: Policy, seed: int = 0, spread: float = 0.1) -> Policy:
    """Adapters that change the policy: the B of fresh ones is nothing."""
    add_adapters(policy.model, LORA, torch.Generator().manual_seed(seed))
    random = torch.Generator().manual_seed(1)
    with torch.no_grad():
        for name, weight in policy.model.named_parameters():
            if ".lora_B." in name:
                weight.normal_(0, spread, generator=random)
    return policy


def test_an_adapted_weight_is_the_sum_of_both(tiny_policy: Policy) -> None:
    base = tiny_policy.model.get_submodule(ADAPTED).weight.detach().clone()
    layer = adapted(tiny_policy).model.get_submodule(ADAPTED)
    a, b = layer.lora_A["default"].weight, layer.lora_B["default"].weight

    merged = plain_weights(tiny_policy.model)[f"{ADAPTED}.weight"]

    assert (a.shape, b.shape) == ((2, 48), (32, 2))
    assert a.abs().max() <= 48**-0.5
    torch.testing.assert_close(merged, base + 5.0 / 2 * b @ a, atol=1e-6, rtol=0)
    assert torch.equal(layer.base_layer.weight, base)


def test_weights_without_adapters_are_the_models_own(tiny_policy: Policy) -> None:
    plain = plain_weights(tiny_policy.model)

    assert plain.keys() == tiny_policy.model.state_dict().keys()
    assert all(
        weight.data_ptr() == plain[name].data_ptr()
        for name, weight in tiny_policy.model.state_dict().items()
    )


def test_the_seed_alone_decides_where_adapters_begin(tiny_folder: Path) -> None:
    def start(seed: int) -> torch.Tensor:
        policy = adapted(Policy.load(tiny_folder, torch.float32, torch.device("cpu")), seed)
        return policy.model.get_submodule(ADAPTED).lora_A["default"].weight

    torch.manual_seed(5)
    first = start(0)
    torch.manual_seed(6)

    assert torch.equal(first, start(0))
    assert not torch.equal(first, start(1))


def test_an_export_is_an_ordinary_model_that_says_the_same(
    tiny_policy: Policy, pictures: list[Image.Image], tmp_path: Path
) -> None:
    batch = demonstrations(tiny_policy.processor, pictures)
    before = tiny_policy.score(batch, 1.0).logprobs.detach()
    policy = adapted(tiny_policy)
    policy.export(tmp_path)

    plain = AutoModelForImageTextToText.from_pretrained(tmp_path, dtype=torch.float32)
    inputs = {
        "input_ids": batch.prompts.input_ids,
        "attention_mask": batch.prompts.attention_mask.long(),
        "position_ids": batch.prompts.position_ids,
        "pixel_values": batch.prompts.pixel_values,
        "image_grid_thw": batch.prompts.grid_thw,
    }
    theirs, ours = plain(**inputs).logits, policy.model(**inputs).logits
    again = Policy.load(tmp_path, torch.float32, torch.device("cpu"))

    assert not any("lora" in name for name, _ in plain.named_parameters())
    torch.testing.assert_close(theirs, ours, atol=1e-4, rtol=0)
    scores = policy.score(batch, 1.0).logprobs
    torch.testing.assert_close(again.score(batch, 1.0).logprobs, scores, atol=1e-4, rtol=0)
    assert (scores - before).abs().max() > 0.1
