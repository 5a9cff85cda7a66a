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

    patches, shape = Patcher.load(tiny_folder).patches(image)

    assert list(shape) == theirs["image_grid_thw"][0].tolist()
    torch.testing.assert_close(patches, theirs["pixel_values"], atol=1e-6, rtol=0)


@pytest.mark.parametrize(("height", "width"), [(16, 16), (17, 31), (5, 5), (200, 90), (8, 64)])
def test_an_image_comes_back_from_its_patches_as_it_was_read(
    tiny_folder: Path, height: int, width: int
) -> None:
    pixels = np.random.default_rng(1).integers(0, 256, (height, width, 3), dtype=np.uint8)
    patcher, image = Patcher.load(tiny_folder), Image.fromarray(pixels)
    size = patcher.fit(width, height)
    read = image if size == image.size else image.resize(size, Image.Resampling.BICUBIC)

    patches, (_, rows, columns) = patcher.patches(image)
    back = patcher.image(patches, rows, columns)

    assert np.array_equal(np.asarray(back), np.asarray(read))
    again, shape = patcher.patches(back)
    assert again.equal(patches)
    assert shape == (1, rows, columns)


def test_a_folder_without_image_settings_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidModel, match="no preprocessor_config"):
        Patcher.load(tmp_path)
