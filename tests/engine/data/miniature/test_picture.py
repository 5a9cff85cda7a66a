import hashlib

import numpy as np
import pytest

from prism_engine.data.miniature.families import FAMILIES
from prism_engine.data.miniature.picture import BACKGROUND, CELL, NOISE, PALETTE, render
from prism_engine.data.miniature.scene import Scene, Thing

GOLDEN = {
    "counting": "9d4130cfd359eb426ac3c2224e20bca845a30c1573664662c2931ca3b19de93f",
    "chart": "6960e4ea71dc8d1e699705717aa424765175989f61b664258b198d80d4ca25c9",
    "composed": "06ae2e11e529399d384e80e5be908cf23f718e1d0a50bfe56f7727084bc920f3",
}


@pytest.mark.parametrize("family", FAMILIES)
def test_pixels_never_change(family):
    pixels = render(FAMILIES[family].problem(0, 2).scene).tobytes()
    assert hashlib.sha256(pixels).hexdigest() == GOLDEN[family]


@pytest.mark.parametrize("shape", ["circle", "square", "triangle"])
def test_an_object_is_drawn_in_its_cell_and_in_its_colour(shape):
    thing = Thing("b3", "blue", shape, radius=60, right=0, down=0, shade=0)
    pixels = np.asarray(render(Scene((thing,), noise=1)), dtype=int)
    assert pixels.shape == (48, 48, 3)
    covered = np.abs(pixels - PALETTE["blue"]).max(axis=2) <= NOISE
    rows, columns = np.nonzero(covered)
    assert set(columns // CELL) == {1}
    assert set(rows // CELL) == {2}
    assert (np.abs(pixels[~covered] - BACKGROUND).max(axis=1) <= NOISE).all()


def test_shapes_cover_what_their_names_say():
    def covered(shape):
        thing = Thing("a1", "red", shape, radius=60, right=0, down=0, shade=0)
        pixels = np.asarray(render(Scene((thing,), noise=1)), dtype=int)
        return int((np.abs(pixels - PALETTE["red"]).max(axis=2) <= NOISE).sum())

    assert covered("square") == 12 * 12
    assert covered("circle") == pytest.approx(3.14 * 6 * 6, rel=0.05)
    assert covered("triangle") == pytest.approx(12 * 12 / 2, rel=0.1)
