"""From a scene to its picture.

Outlines are compared in whole numbers of tenths of a pixel and no font or rasteriser is involved,
so that the pixels are the same with every version of Pillow and numpy.
"""

from __future__ import annotations

import numpy as np
from PIL import Image

from prism_engine.data.miniature.scene import COLUMNS, ROWS, Scene, Thing

CELL = 16
"""Side of a cell in pixels."""
SIDE = CELL * len(COLUMNS)

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
    """An RGB picture, 48 by 48 pixels."""
    pixels = np.empty((SIDE, SIDE, 3), dtype=np.int64)
    pixels[:] = BACKGROUND
    for thing in scene.things:
        colour = np.array(PALETTE[thing.colour]) + thing.shade
        pixels[_outline(thing)] = colour
    noise = np.random.PCG64(scene.noise).random_raw(pixels.size) % (2 * NOISE + 1)
    pixels += noise.astype(np.int64).reshape(pixels.shape) - NOISE
    return Image.fromarray(pixels.clip(0, 255).astype(np.uint8))


def _outline(thing: Thing) -> np.ndarray:
    """Which pixels the object covers, (SIDE, SIDE)."""
    centres = np.arange(SIDE) * 10 + 5
    left = (COLUMNS.index(thing.cell[0]) * CELL + CELL // 2) * 10 + thing.right
    top = (ROWS.index(thing.cell[1]) * CELL + CELL // 2) * 10 + thing.down
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
