from __future__ import annotations

import os
from hashlib import sha256
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from prism_engine.data.importers import images as module
from prism_engine.data.importers.images import ImageFolder, normalised
from prism_engine.data.importers.pictures import (
    LARGEST_PICTURE,
    InFolder,
    Inline,
    Remote,
    read_picture,
)
from prism_engine.data.importers.refusal import RefusedRow
from tests.engine.data.importers.generated import bomb, png


def encoded(image: Image.Image, format: str, **options: object) -> bytes:
    file = BytesIO()
    image.save(file, format, **options)
    return file.getvalue()


def pixels(content: bytes) -> np.ndarray:
    stored, _ = normalised(content)
    with Image.open(BytesIO(stored)) as image:
        assert image.mode == "RGB"
        return np.asarray(image)


def reason_of(folder: ImageFolder, picture: InFolder | Inline | Remote) -> str:
    with pytest.raises(RefusedRow) as refused:
        folder.store(picture)
    return refused.value.reason


@pytest.fixture
def folder(tmp_path: Path) -> ImageFolder:
    (tmp_path / "source").mkdir()
    return ImageFolder(tmp_path / "out", tmp_path / "source")


def test_an_image_lies_under_the_hash_of_its_content_once(
    folder: ImageFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    decoded = []
    monkeypatch.setattr(module, "normalised", lambda c: decoded.append(c) or normalised(c))
    (tmp_path / "source" / "a.png").write_bytes(png(1))
    digest = sha256(png(1)).hexdigest()
    name = f"images/{digest[:2]}/{digest}.png"
    assert [folder.store(InFolder("a.png")), folder.store(Inline(png(1)))] == [name, name]
    assert (tmp_path / "out" / name).read_bytes() == png(1)
    assert (len(decoded), folder.written) == (1, 1)


def test_what_shows_its_pixels_stays_as_it_came() -> None:
    image = Image.new("RGB", (9, 5), "teal")
    for format, ending in (("PNG", "png"), ("JPEG", "jpg"), ("WEBP", "webp")):
        content = encoded(image, format)
        assert normalised(content) == (content, ending)


def test_orientation_is_applied() -> None:
    image = Image.new("RGB", (4, 2), "red")
    image.putpixel((0, 0), (0, 0, 255))
    exif = Image.Exif()
    exif[0x0112] = 6  # To be turned by a quarter, clockwise.
    shown = pixels(encoded(image, "PNG", exif=exif))
    assert shown.shape == (4, 2, 3)
    assert shown[0, 1].tolist() == [0, 0, 255]


def test_transparency_is_laid_over_white() -> None:
    image = Image.new("RGBA", (2, 1), (0, 0, 0, 0))
    image.putpixel((1, 0), (200, 0, 0, 255))
    assert pixels(encoded(image, "PNG"))[0].tolist() == [[255, 255, 255], [200, 0, 0]]
    palette = Image.new("P", (2, 1))
    palette.putpalette([10, 20, 30, 40, 50, 60])
    palette.putpixel((1, 0), 1)
    assert pixels(encoded(palette, "PNG", transparency=0))[0].tolist() == [
        [255, 255, 255],
        [40, 50, 60],
    ]


def test_16_bits_become_8_by_their_upper_half() -> None:
    deep = Image.fromarray(np.array([[0, 256, 65535, 32768]], dtype=np.uint16))
    assert pixels(encoded(deep, "PNG"))[0, :, 0].tolist() == [0, 1, 255, 128]


def test_cmyk_and_grey_become_rgb() -> None:
    cyan = Image.new("CMYK", (2, 2), (255, 0, 0, 0))
    assert pixels(encoded(cyan, "TIFF"))[0, 0].tolist() == [0, 255, 255]
    assert pixels(encoded(Image.new("L", (1, 1), 77), "PNG"))[0, 0].tolist() == [77, 77, 77]


def test_of_an_animation_the_first_frame_is_taken() -> None:
    frames = [Image.new("RGB", (3, 3), colour) for colour in ("red", "lime", "blue")]
    content = encoded(frames[0], "GIF", save_all=True, append_images=frames[1:])
    assert pixels(content)[1, 1].tolist() == [255, 0, 0]
    stored, ending = normalised(content)
    assert (ending, getattr(Image.open(BytesIO(stored)), "n_frames", 1)) == ("png", 1)


def test_a_bomb_is_refused_by_its_header(folder: ImageFolder) -> None:
    assert len(bomb()) < 300
    assert reason_of(folder, Inline(bomb())) == "image_too_large"
    assert reason_of(folder, Inline(bomb(side=8_000))) == "image_too_large"


def test_a_file_of_too_many_bytes_is_refused_unread(folder: ImageFolder, tmp_path: Path) -> None:
    large = tmp_path / "source" / "large.png"
    large.touch()
    os.truncate(large, LARGEST_PICTURE + 1)
    assert reason_of(folder, InFolder("large.png")) == "image_too_large"
    with pytest.raises(RefusedRow, match="image_too_large"):
        read_picture("data:image/png;base64," + "A" * (LARGEST_PICTURE * 4 // 3 + 8))


@pytest.mark.parametrize("content", [b"", b"no image", png(1)[:-30], png(1)[:40], b"%PDF-1.4"])
def test_what_does_not_decode_is_broken(folder: ImageFolder, content: bytes) -> None:
    assert reason_of(folder, Inline(content)) == "image_broken"


@pytest.mark.parametrize(
    "name",
    ["../a.png", "x/../../a.png", "/etc/passwd", "a\0.png", "..\\a.png", "C:/a.png", "c:\\a.png"],
)
def test_a_path_that_leaves_the_folder_is_refused(
    folder: ImageFolder, tmp_path: Path, name: str
) -> None:
    (tmp_path / "a.png").write_bytes(png(1))
    assert reason_of(folder, InFolder(name)) == "image_outside"


def test_symlinks_and_pipes_are_refused(folder: ImageFolder, tmp_path: Path) -> None:
    source = tmp_path / "source"
    (tmp_path / "a.png").write_bytes(png(1))
    (source / "link.png").symlink_to(tmp_path / "a.png")
    (source / "linked").symlink_to(tmp_path)
    os.mkfifo(source / "pipe.png")
    for name in ("link.png", "linked/a.png", "pipe.png"):
        assert reason_of(folder, InFolder(name)) == "image_outside", name


def test_what_is_not_there_is_missing(folder: ImageFolder, tmp_path: Path) -> None:
    (tmp_path / "source" / "folder.png").mkdir()
    assert reason_of(folder, InFolder("folder.png")) == "image_missing"
    assert reason_of(folder, InFolder("none.png")) == "image_missing"
    assert reason_of(folder, InFolder("x" * 5000)) == "image_missing"


@pytest.mark.parametrize(
    "url",
    ["http://example.org/a.png", "HTTPS://example.org/a.png", "file:///etc/passwd", "ftp://x/a"],
)
def test_the_network_is_refused(folder: ImageFolder, url: str) -> None:
    assert reason_of(folder, read_picture(url)) == "image_remote"


def test_pictures_are_found_in_structs_and_urls() -> None:
    assert read_picture({"bytes": b"x", "path": "a.png"}) == Inline(b"x")
    assert read_picture({"bytes": None, "path": "a.png"}) == InFolder("a.png")
    assert read_picture("data:image/png;base64,eHg=") == Inline(b"xx")
    for value, reason in (
        ({"bytes": None, "path": None}, "image_missing"), (7, "image_missing"),
        ("data:image/png;base64,%%%", "image_broken"), ("data:text/html,x", "image_broken"),
    ):  # fmt: skip
        with pytest.raises(RefusedRow, match=reason):
            read_picture(value)
