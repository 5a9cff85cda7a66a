"""From a scene to its picture.

Outlines are compared in whole numbers of tenths of a pixel, signs are an embedded bitmap, and no
font or rasteriser is involved, so that the pixels are the same with every version of Pillow and
numpy.
"""

from __future__ import annotations

import numpy as np
from PIL import Image

from prism_engine.data.miniature.glyphs import GLYPHS, ink
from prism_engine.data.miniature.scene import COLUMNS, Scene, Thing

CELL = 16
"""Side of a cell in pixels."""
SIDE = CELL * len(COLUMNS)
"""Side of an ordinary picture in pixels."""

PALETTE = {
    "red": (205, 45, 45),
    "green": (45, 175, 65),
    "blue": (50, 80, 210),
    "yellow": (205, 165, 30),
}
BACKGROUND = (230, 230, 225)
NOISE = 16
"""Every channel of every pixel is off by at most this."""


def render(scene: Scene) -> Image.Image:
    """An RGB picture, 16 by 16 pixels for every cell."""
    side = CELL * scene.side
    pixels = np.empty((side, side, 3), dtype=np.int64)
    pixels[:] = BACKGROUND
    for thing in scene.things:
        colour = np.array(PALETTE[thing.colour]) + thing.shade
        pixels[_outline(thing, side)] = colour
    noise = np.random.PCG64(scene.noise).random_raw(pixels.size) % (2 * NOISE + 1)
    pixels += noise.astype(np.int64).reshape(pixels.shape) - NOISE
    return Image.fromarray(pixels.clip(0, 255).astype(np.uint8))


def _outline(thing: Thing, side: int) -> np.ndarray:
    """Which pixels the object covers, (side, side)."""
    column, row = ord(thing.cell[0]) - ord("a"), int(thing.cell[1]) - 1
    if thing.shape.split()[0] in GLYPHS:
        return _sign(thing, column, row, side)
    centres = np.arange(side) * 10 + 5
    left = (column * CELL + CELL // 2) * 10 + thing.right
    top = (row * CELL + CELL // 2) * 10 + thing.down
    across = centres[None, :] - left
    down = centres[:, None] - top
    radius = thing.radius
    if thing.shape == "circle":
        return across**2 + down**2 <= radius**2
    if thing.shape == "triangle":
        return (np.abs(down) <= radius) & (2 * np.abs(across) <= down + radius)
    if thing.shape == "bar":
        return (np.abs(across) <= radius) & (np.abs(down + thing.down) <= CELL * 5)
    return np.maximum(np.abs(across), np.abs(down)) <= radius


def _sign(thing: Thing, column: int, row: int, side: int) -> np.ndarray:
    """The object's sign in the middle of its cell, at most a pixel off."""
    inked = ink(thing.shape)
    height, width = inked.shape
    top = row * CELL + (CELL - height) // 2 + round(thing.down / 10)
    left = column * CELL + (CELL - width) // 2 + round(thing.right / 10)
    covered = np.zeros((side, side), dtype=bool)
    covered[top : top + height, left : left + width] = inked
    return covered
