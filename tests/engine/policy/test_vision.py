from __future__ import annotations

from pathlib import Path

import pytest
import torch
from PIL import Image
from transformers import Qwen3VLForConditionalGeneration

from prism_engine.policy.policy import Policy


@pytest.mark.parametrize("chosen", [[0, 1], [0, 3, 1], [5]])
def test_images_give_the_features_that_transformers_gives(
    tiny_folder: Path, tiny_policy: Policy, pictures: list[Image.Image], chosen: list[int]
) -> None:
    prompt = tiny_policy.processor.encode_prompt("?", [pictures[number] for number in chosen])
    plain = Qwen3VLForConditionalGeneration.from_pretrained(tiny_folder).model.visual
    ours = tiny_policy.model.model.visual

    theirs = plain(prompt.pixel_values, grid_thw=prompt.grid_thw)
    features = ours(prompt.pixel_values, grid_thw=prompt.grid_thw)

    torch.testing.assert_close(features.pooler_output, theirs.pooler_output, atol=1e-5, rtol=1e-5)
    torch.testing.assert_close(
        features.deepstack_features[0], theirs.deepstack_features[0], atol=1e-5, rtol=1e-5
    )


def test_equal_images_are_attended_to_at_once(
    tiny_policy: Policy, pictures: list[Image.Image], monkeypatch: pytest.MonkeyPatch
) -> None:
    shapes = []

    def record(query: torch.Tensor, *others: torch.Tensor, **settings: float) -> torch.Tensor:
        shapes.append(tuple(query.shape))
        return torch.nn.functional.scaled_dot_product_attention(query, *others, **settings)

    monkeypatch.setattr("prism_engine.policy.vision.scaled_dot_product_attention", record)
    prompt = tiny_policy.processor.encode_prompt("?", pictures[:2])
    tiny_policy.model.model.visual(prompt.pixel_values, grid_thw=prompt.grid_thw)

    # Two layers, each once: two images with two heads and sixteen patches of width sixteen.
    assert shapes == [(2, 2, 16, 16)] * 2
