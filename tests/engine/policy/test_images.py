from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from transformers.models.qwen2_vl.image_processing_pil_qwen2_vl import Qwen2VLImageProcessorPil

from prism_engine.errors import InvalidModel
from prism_engine.policy.images import Patcher


@pytest.mark.parametrize(
    ("height", "width"), [(16, 16), (24, 40), (17, 31), (5, 5), (200, 90), (8, 64)]
)
def test_patches_are_those_of_transformers(tiny_folder: Path, height: int, width: int) -> None:
    pixels = np.random.default_rng(1).integers(0, 256, (height, width, 3), dtype=np.uint8)
    image = Image.fromarray(pixels)
    theirs = Qwen2VLImageProcessorPil.from_pretrained(tiny_folder)(image, return_tensors="pt")

    patcher = Patcher.load(tiny_folder)
    patches = patcher.cut(image)

    assert list(patches.grid) == theirs["image_grid_thw"][0].tolist()
    read = patcher.numbers([patches])
    torch.testing.assert_close(read, theirs["pixel_values"], atol=1e-6, rtol=0)


def test_every_colour_is_the_number_that_arithmetic_says(tiny_folder: Path) -> None:
    shades = np.arange(256, dtype=np.uint8).reshape(16, 16)
    image = Image.fromarray(np.stack([shades, shades, shades], -1))
    mean, deviation = np.float32([0.5, 0.5, 0.5]), np.float32([0.5, 0.25, 0.5])
    said = (np.float32(shades)[..., None] / np.float32(255) - mean) / deviation
    patcher = Patcher.load(tiny_folder)

    read = patcher.numbers([patcher.cut(image)]).view(16, 3, 2, 4, 4)

    # The first patch is the upper left corner, in both of its frames.
    corner = torch.from_numpy(said[:4, :4]).permute(2, 0, 1)
    assert read[0].equal(corner[:, None].expand(-1, 2, -1, -1))
    for colour in range(3):
        mine, theirs = read[:, colour, 0].flatten(), torch.from_numpy(said[..., colour]).flatten()
        assert mine.sort().values.equal(theirs.sort().values)
    assert patcher.numbers([]).shape == (0, 96)


@pytest.mark.parametrize(("height", "width"), [(16, 16), (17, 31), (5, 5), (200, 90), (8, 64)])
def test_an_image_comes_back_from_its_patches_as_it_was_read(
    tiny_folder: Path, height: int, width: int
) -> None:
    pixels = np.random.default_rng(1).integers(0, 256, (height, width, 3), dtype=np.uint8)
    patcher, image = Patcher.load(tiny_folder), Image.fromarray(pixels)
    size = patcher.fit(width, height)
    read = image if size == image.size else image.resize(size, Image.Resampling.BICUBIC)

    patches = patcher.cut(image)
    _, rows, columns = patches.grid
    back = patcher.image(patcher.numbers([patches]), rows, columns)

    assert np.array_equal(np.asarray(back), np.asarray(read))
    again = patcher.cut(back)
    assert again.pixels.equal(patches.pixels)
    assert again.grid == (1, rows, columns)


def test_a_folder_without_image_settings_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidModel, match="no preprocessor_config"):
        Patcher.load(tmp_path)
