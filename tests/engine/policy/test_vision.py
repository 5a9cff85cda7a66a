from __future__ import annotations

from pathlib import Path

import pytest
import torch
from PIL import Image

from prism_engine.policy.families import FAMILIES, family_of
from prism_engine.policy.policy import Policy


@pytest.fixture(scope="module", params=FAMILIES)
def tiny_folder(request: pytest.FixtureRequest, tiny_folders: dict[str, Path]) -> Path:
    return tiny_folders[request.param]


@pytest.mark.parametrize("chosen", [[0, 1], [0, 3, 1], [5]])
def test_images_give_the_features_that_transformers_gives(
    tiny_folder: Path, tiny_policy: Policy, pictures: list[Image.Image], chosen: list[int]
) -> None:
    processor = tiny_policy.processor
    prompt = processor.pad([processor.encode_prompt("?", [pictures[n] for n in chosen])])
    plain = family_of(tiny_folder).policy.from_pretrained(tiny_folder).model.visual
    ours = tiny_policy.model.model.visual

    theirs = plain(prompt.pixel_values, grid_thw=prompt.grid_thw)
    features = ours(prompt.pixel_values, grid_thw=prompt.grid_thw)

    torch.testing.assert_close(features.pooler_output, theirs.pooler_output, atol=1e-5, rtol=1e-5)
    deep = "deepstack_features"
    for mine, their in zip(features.get(deep, []), theirs.get(deep, []), strict=True):
        torch.testing.assert_close(mine, their, atol=1e-5, rtol=1e-5)


@pytest.fixture
def shapes(monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, ...]]:
    """Of the queries that are attended with: chunks, heads, patches, width of a head."""
    shapes: list[tuple[int, ...]] = []

    def record(query: torch.Tensor, *others: torch.Tensor, **settings: float) -> torch.Tensor:
        shapes.append(tuple(query.shape))
        return torch.nn.functional.scaled_dot_product_attention(query, *others, **settings)

    monkeypatch.setattr("prism_engine.policy.vision.scaled_dot_product_attention", record)
    return shapes


def look(policy: Policy, pictures: list[Image.Image]) -> None:
    prompt = policy.processor.pad([policy.processor.encode_prompt("?", pictures)])
    policy.model.model.visual(prompt.pixel_values, grid_thw=prompt.grid_thw)


def test_equal_images_are_attended_to_at_once(
    tiny_policy: Policy, pictures: list[Image.Image], shapes: list[tuple[int, ...]]
) -> None:
    look(tiny_policy, pictures[:2])
    # Two layers, each once: two images, no larger than a window, of sixteen patches.
    assert shapes == [(2, 2, 16, 16)] * 2


def test_images_of_unequal_sizes_are_attended_to_size_by_size(
    tiny_policy: Policy, pictures: list[Image.Image], shapes: list[tuple[int, ...]]
) -> None:
    look(tiny_policy, [pictures[0], pictures[2], pictures[1]])
    whole = [(2, 2, 16, 16), (1, 2, 24, 16)]
    # The second image is a window and a half high.
    windows = [(1, 2, 8, 16), (3, 2, 16, 16)]
    first = {"qwen3_vl": whole, "qwen2_5_vl": windows}[tiny_policy.model.config.model_type]
    assert shapes == first + whole
