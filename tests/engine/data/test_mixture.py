from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from prism_engine.data.mixture import JoinedData, part_of
from prism_engine.data.records import DataSet, Record
from prism_engine.errors import InvalidData


def data(folder: Path, shade: int, count: int = 3) -> DataSet:
    """Records with an image of one shade of grey, all called `image.png`."""
    folder.mkdir(parents=True)
    Image.new("RGB", (4 + shade, 4), (shade, shade, shade)).save(folder / "image.png")
    names = [str(number) for number in range(count)]
    return DataSet(folder, [Record(id=n, images=["image.png"], question="?") for n in names])


def test_a_part_is_drawn_by_the_generator_in_the_order_of_the_rows(tmp_path: Path) -> None:
    whole = data(tmp_path / "a", 1, count=200)

    def drawn(seed: int) -> list[int]:
        part = part_of(whole, 50, torch.Generator().manual_seed(seed))
        return [int(record.id) for record in part.records]

    assert len(set(drawn(0))) == 50
    assert drawn(0) == sorted(drawn(0)) == drawn(0)
    assert drawn(0) != drawn(1)
    assert drawn(0) != list(range(50))


def test_a_part_is_not_larger_than_the_whole(tmp_path: Path) -> None:
    with pytest.raises(InvalidData, match=r"items: 4 rows are asked for and .*a holds 3; lower it"):
        part_of(data(tmp_path / "a", 1), 4, torch.Generator())


def test_joined_records_keep_their_images_and_get_names_that_differ(tmp_path: Path) -> None:
    joined = JoinedData([data(tmp_path / "a", 1), data(tmp_path / "b", 2, count=2)])

    assert [record.id for record in joined.records] == ["0", "1", "2", "b/0", "b/1"]
    shades = [np.asarray(joined.images(record)[0])[0, 0, 0] for record in joined.records]
    assert shades == [1, 1, 1, 2, 2]
    assert joined.image_sizes(joined.records[0]) == [(5, 4)]
    assert joined.image_sizes(joined.records[3]) == [(6, 4)]


def test_folders_of_one_name_cannot_be_joined(tmp_path: Path) -> None:
    sets = [data(tmp_path / "a", 1), data(tmp_path / "x" / "b", 2), data(tmp_path / "y" / "b", 3)]

    with pytest.raises(InvalidData, match="have the same id; rename a folder"):
        JoinedData(sets)
