"""Images into patches, as Qwen-VL models read them, without torchvision."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from prism_engine.errors import InvalidModel


@dataclass(frozen=True)
class Patches:
    """An image cut up, with a byte a colour: an eighth of the numbers that a model reads."""

    pixels: Tensor  # (patches, colours, patch_size²) uint8
    grid: tuple[int, int, int]  # patches in time, height and width


@dataclass(frozen=True)
class Patcher:
    """The settings of a model's `preprocessor_config.json`, and what they do to an image."""

    patch_size: int
    temporal_patch_size: int
    merge_size: int
    least_pixels: int
    most_pixels: int
    mean: tuple[float, ...]
    deviation: tuple[float, ...]

    @classmethod
    def load(cls, folder: Path) -> Self:
        file = folder / "preprocessor_config.json"
        if not file.is_file():
            raise InvalidModel(f"{folder} has no preprocessor_config.json")
        config = json.loads(file.read_text("utf-8"))
        size = config.get("size", {})
        return cls(
            patch_size=config["patch_size"],
            temporal_patch_size=config["temporal_patch_size"],
            merge_size=config["merge_size"],
            least_pixels=config.get("min_pixels") or size["shortest_edge"],
            most_pixels=config.get("max_pixels") or size["longest_edge"],
            mean=tuple(config["image_mean"]),
            deviation=tuple(config["image_std"]),
        )

    @property
    def patch_dim(self) -> int:
        """Numbers in one patch: colours, frames, height and width."""
        return len(self.mean) * self.temporal_patch_size * self.patch_size**2

    def cut(self, image: Image.Image) -> Patches:
        """Cut an image in RGB; patches that are merged into one feature stand together."""
        width, height = self.fit(image.width, image.height)
        if (width, height) != image.size:
            image = image.resize((width, height), Image.Resampling.BICUBIC)
        side, merge = self.patch_size, self.merge_size
        rows, columns = height // side, width // side
        blocks = np.asarray(image).reshape(
            rows // merge, merge, side, columns // merge, merge, side, -1
        )
        blocks = blocks.transpose(0, 3, 1, 4, 6, 2, 5)  # block row, column, row, column, colour
        pixels = np.ascontiguousarray(blocks).reshape(rows * columns, -1, side * side)
        return Patches(torch.from_numpy(pixels), (1, rows, columns))

    def numbers(self, images: Sequence[Patches]) -> Tensor:
        """(patches, patch_dim) float32 of all images, one after the other.

        A still image is repeated to fill the temporal patch.
        """
        counts = [len(image.pixels) for image in images]
        mean, deviation = (torch.tensor(n)[:, None] for n in (self.mean, self.deviation))
        frames = (len(self.mean), self.temporal_patch_size, self.patch_size**2)
        numbers = torch.empty(sum(counts), *frames)
        # Image by image, since memory that was never touched costs more than the arithmetic.
        for image, part in zip(images, numbers.split(counts), strict=True):
            part[:] = image.pixels.float().div_(255).sub_(mean).div_(deviation)[:, :, None]
        return numbers.view(-1, self.patch_dim)

    def image(self, patches: Tensor, rows: int, columns: int) -> Image.Image:
        """The image that `patches` (patches, patch_dim) are of, in the size that it was read in."""
        side, merge = self.patch_size, self.merge_size
        blocks = patches.numpy().reshape(
            rows // merge, columns // merge, merge, merge, len(self.mean), -1, side, side
        )
        pixels = blocks[:, :, :, :, :, 0].transpose(0, 2, 5, 1, 3, 6, 4)
        pixels = pixels.reshape(rows * side, columns * side, len(self.mean))
        pixels = pixels * np.float32(self.deviation) + np.float32(self.mean)
        return Image.fromarray((pixels * 255).round().astype(np.uint8))

    def features(self, width: int, height: int) -> int:
        """How many features the language model sees of an image of this size."""
        wide, high = self.fit(width, height)
        return wide * high // (self.patch_size * self.merge_size) ** 2

    def fit(self, width: int, height: int) -> tuple[int, int]:
        """The nearest size in whole merged patches, with the aspect kept and the area in bounds."""
        unit = self.patch_size * self.merge_size
        wide, high = round(width / unit) * unit, round(height / unit) * unit
        if wide * high > self.most_pixels:
            shrink = math.sqrt(width * height / self.most_pixels)
            return tuple(max(unit, math.floor(s / shrink / unit) * unit) for s in (width, height))
        if wide * high < self.least_pixels:
            grow = math.sqrt(self.least_pixels / (width * height))
            return tuple(math.ceil(s * grow / unit) * unit for s in (width, height))
        return wide, high
