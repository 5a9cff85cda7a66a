"""Perceptual hashes of 256 bits, and finding those that differ in a few bits.

Drawings in thin lines on white collide easily, so two different hashes must agree before images
count as the same, and texts must agree as well before items do.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, TypeVar

import numpy as np
from numpy.typing import NDArray
from PIL import Image

SIDE = 16
LARGE_SIDE = 64
FLAT = 4
"""Shades of grey; where brightness grows by less, as on white paper, it is noise that grows."""
BANDS = 16
BAND_BITS = 16

ItemT = TypeVar("ItemT", bound=Hashable)


@dataclass(frozen=True)
class PictureHash:
    """Two hashes of one image, each of 256 bits."""

    frequencies: int
    gradients: int

    def differs_in(self, other: PictureHash) -> int:
        """The larger number of bits in which one of the hashes differs."""
        return max(
            (self.frequencies ^ other.frequencies).bit_count(),
            (self.gradients ^ other.gradients).bit_count(),
        )


def hash_picture(path: Path) -> PictureHash:
    """Hash an image, transparent parts as white."""
    with Image.open(path) as image:
        shown = Image.new("RGBA", image.size, "white")
        shown.alpha_composite(image.convert("RGBA"))
    grey = shown.convert("L")
    return PictureHash(_frequencies(grey), _gradients(grey))


class PictureIndex(Generic[ItemT]):
    """Finds every hash within 15 bits: of 16 bands of 16 bits one is left as it is."""

    def __init__(self) -> None:
        self._bands: dict[tuple[int, int], list[tuple[PictureHash, ItemT]]] = defaultdict(list)

    def add(self, found: PictureHash, item: ItemT) -> None:
        for band in _bands(found.frequencies):
            self._bands[band].append((found, item))

    def near(self, found: PictureHash, most: int) -> list[ItemT]:
        """Items in the order in which they came whose hashes differ in at most so many bits."""
        near = {
            item: None
            for band in _bands(found.frequencies)
            for other, item in self._bands.get(band, ())
            if found.differs_in(other) <= most
        }
        return list(near)


def _bands(bits: int) -> Iterable[tuple[int, int]]:
    mask = (1 << BAND_BITS) - 1
    return ((band, bits >> (band * BAND_BITS) & mask) for band in range(BANDS))


def _frequencies(grey: Image.Image) -> int:
    """Which of the lowest 16 × 16 frequencies are above their median: pHash (Zauner, 2010)."""
    pixels = _pixels(grey, LARGE_SIDE, LARGE_SIDE)
    cosines = _cosines(LARGE_SIDE)[:SIDE]
    spectrum = cosines @ pixels @ cosines.T
    return _bits(spectrum > np.median(spectrum))


def _gradients(grey: Image.Image) -> int:
    """Where brightness grows from left to right: dHash (Krawetz, 2013)."""
    pixels = _pixels(grey, SIDE + 1, SIDE)
    return _bits(pixels[:, 1:] > pixels[:, :-1] + FLAT)


def _pixels(grey: Image.Image, width: int, height: int) -> NDArray[np.float64]:
    return np.asarray(grey.resize((width, height), Image.Resampling.BOX), dtype=np.float64)


def _cosines(size: int) -> NDArray[np.float64]:
    """The matrix of the discrete cosine transform, type II, without its scale."""
    place = np.arange(size)
    return np.cos(np.pi * (place[None, :] + 0.5) * place[:, None] / size)


def _bits(values: NDArray[np.bool_]) -> int:
    return int.from_bytes(np.packbits(values).tobytes(), "big")
