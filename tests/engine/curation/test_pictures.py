from __future__ import annotations

from itertools import combinations
from pathlib import Path

import pytest
from PIL import Image, ImageEnhance

from prism_engine.curation.pictures import PictureHash, PictureIndex, hash_picture
from tests.engine.curation.world import grid


def saved(folder: Path, image: Image.Image, name: str, **options: object) -> PictureHash:
    image.save(folder / name, **options)
    return hash_picture(folder / name)


def test_the_same_picture_in_another_dress_is_near(tmp_path: Path) -> None:
    picture = grid(7)
    original = saved(tmp_path, picture, "a.png")
    assert saved(tmp_path, picture, "b.jpg", quality=80).differs_in(original) <= 10
    larger = picture.resize((288, 288), Image.Resampling.NEAREST)
    assert saved(tmp_path, larger, "c.png").differs_in(original) <= 10
    darker = ImageEnhance.Brightness(picture).enhance(0.8)
    assert saved(tmp_path, darker, "d.png").differs_in(original) <= 10


def test_different_pictures_are_far(tmp_path: Path) -> None:
    hashes = [saved(tmp_path, grid(n), f"{n}.png") for n in range(12)]
    assert min(a.differs_in(b) for a, b in combinations(hashes, 2)) > 60


def test_transparent_is_white(tmp_path: Path) -> None:
    drawn = Image.new("RGBA", (32, 32), (0, 0, 0, 0))
    drawn.paste((0, 0, 0, 255), (8, 8, 20, 28))
    on_white = Image.new("RGB", (32, 32), "white")
    on_white.paste((0, 0, 0), (8, 8, 20, 28))
    assert saved(tmp_path, drawn, "a.png") == saved(tmp_path, on_white, "b.png")


@pytest.mark.parametrize("bits", [0, 1, 8, 15])
def test_the_index_finds_whatever_differs_in_up_to_fifteen_bits(bits: int) -> None:
    base = int.from_bytes(bytes(range(32)), "big")
    # One flipped bit in each of so many bands: the hardest case for finding an equal band.
    other = base
    for band in range(bits):
        other ^= 1 << (band * 16 + band)
    index = PictureIndex[str]()
    index.add(PictureHash(base, 5), "it")
    assert index.near(PictureHash(other, 5), bits) == ["it"]
    assert index.near(PictureHash(other, 5), bits - 1) == []
    assert index.near(PictureHash(other, 4), bits) == (["it"] if bits else [])
