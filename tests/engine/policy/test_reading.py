from __future__ import annotations

import threading
from pathlib import Path

import pytest
from PIL import Image

from prism_engine.data.records import ImageFile
from prism_engine.errors import InvalidData
from prism_engine.policy import reading
from prism_engine.policy.images import Patcher, Patches
from prism_engine.policy.reading import ImageReader


@pytest.fixture
def patcher(tiny_folder: Path) -> Patcher:
    return Patcher.load(tiny_folder)


def written(folder: Path, name: str, shade: int) -> ImageFile:
    """A grey image of 16 by 16 pixels, which are 16 patches of 48 bytes."""
    Image.new("RGB", (16, 16), (shade, shade, shade)).save(folder / name)
    return ImageFile(folder / name, name, f"{name}.images.0")


def shade(patches: Patches) -> int:
    return int(patches.pixels[0, 0, 0])


def wait(reader: ImageReader) -> None:
    """Until all that was announced has been read."""
    for future in reader._coming.values():
        future.result()


def test_what_was_announced_has_been_read_when_it_is_asked_for(
    tmp_path: Path, patcher: Patcher
) -> None:
    reader, files = ImageReader(patcher), [written(tmp_path, f"{n}.png", n) for n in range(3)]
    reader.ahead([*files, files[0]])
    wait(reader)
    for file in files:
        file.path.unlink()
    assert [shade(reader.read(file)) for file in [*files, files[0]]] == [0, 1, 2, 0]


def test_each_content_is_kept_once_under_all_of_its_names(tmp_path: Path, patcher: Patcher) -> None:
    reader, first = ImageReader(patcher), written(tmp_path, "a.png", 7)
    second = written(tmp_path, "b.png", 7)
    assert reader.read(first) is reader.read(second)
    assert list(reader._kept.values()) == [reader.read(first)]


def test_images_are_kept_as_long_as_there_is_room(
    tmp_path: Path, patcher: Patcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "KEPT_BYTES", 2 * 16 * 48)
    reader, files = ImageReader(patcher), [written(tmp_path, f"{n}.png", n) for n in range(3)]
    for file in files:
        reader.read(file)
        written(tmp_path, file.name, 200)
    assert [shade(reader.read(file)) for file in files] == [0, 1, 200]


def test_a_broken_image_is_named_when_it_is_asked_for(tmp_path: Path, patcher: Patcher) -> None:
    reader, whole = ImageReader(patcher), written(tmp_path, "a.png", 1)
    (tmp_path / "b.png").write_bytes(b"no image")
    broken = ImageFile(tmp_path / "b.png", "b.png", "item.images.0")
    reader.ahead([broken, whole])
    assert shade(reader.read(whole)) == 1
    with pytest.raises(InvalidData, match=r"item\.images\.0: b\.png is not an image"):
        reader.read(broken)


def test_what_was_announced_and_is_not_wanted_any_more_is_forgotten(
    tmp_path: Path, patcher: Patcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    reader, begun, go_on = ImageReader(patcher), [], threading.Event()
    read = reader._read

    def slowly(file: ImageFile) -> tuple[str, Patches]:
        begun.append(file.name)
        go_on.wait()
        return read(file)

    monkeypatch.setattr(reader, "_read", slowly)
    files = [written(tmp_path, f"{n}.png", n) for n in range(6)]
    reader.ahead(files[:5])
    reader.ahead([files[0], files[5]])
    go_on.set()
    wait(reader)
    assert {"0.png", "5.png"} <= set(begun) <= {"0.png", "1.png", "5.png"}
    assert shade(reader.read(files[3])) == 3
