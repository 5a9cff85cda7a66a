from __future__ import annotations

import json
from pathlib import Path

import pytest
from PIL import Image

from prism_engine.data.records import read_data
from prism_engine.errors import InvalidData


def write(folder: Path, rows: list[object]) -> Path:
    lines = [row if isinstance(row, str) else json.dumps(row) for row in rows]
    (folder / "data.jsonl").write_text("\n".join(lines) + "\n", "utf-8")
    return folder


def problems(folder: Path) -> dict[str, str]:
    with pytest.raises(InvalidData) as caught:
        read_data(folder)
    return {problem.field: problem.message for problem in caught.value.problems}


def test_a_folder_and_its_file_are_the_same_data(tmp_path: Path) -> None:
    row = {"id": "a", "question": "q", "answer": {"type": "list", "value": ["1", "2"]}}
    write(tmp_path, [row, "", {"id": "b", "question": "r", "response": "…"}])

    data = read_data(tmp_path)

    assert [record.id for record in data.records] == ["a", "b"]
    assert data.records[0].answer.value == ["1", "2"]
    assert read_data(tmp_path / "data.jsonl").records == data.records


def test_every_malformed_row_is_named(tmp_path: Path) -> None:
    write(
        tmp_path,
        [
            {"id": "a", "question": "q"},
            "{not json",
            {"id": "b", "question": "q", "answer": {"type": "integer", "value": "many"}},
            {"id": "c", "question": "q", "answer": {"type": "colour", "value": "red"}},
            {"id": "d"},
            {"id": "e", "question": "q", "respnse": "typo"},
            {"id": "a", "question": "again"},
            {"id": "f", "messages": [{"role": "assistant", "content": "hi"}] * 2},
            {"id": "g", "question": "q", "rollouts": ["said", ""]},
            {"id": "h", "question": "<image> or <image>?", "images": ["a.png"]},
        ],
    )

    found = problems(tmp_path)

    assert set(found) == {
        "row 2", "row 3.answer.integer.value", "row 4.answer", "row 5", "row 6.respnse",
        "row 7.id", "row 8", "row 9.rollouts.1", "row 10",
    }  # fmt: skip
    assert found["row 5"].endswith("a record needs a question, or messages")
    assert "'a' is not the first" in found["row 7.id"]


def test_missing_and_empty_data_are_named(tmp_path: Path) -> None:
    assert "there is no file" in problems(tmp_path)["data"]
    write(tmp_path, [""])
    assert "holds no rows" in problems(tmp_path)["data"]


def test_images_are_read_in_colour(tmp_path: Path) -> None:
    Image.new("L", (4, 2), 7).save(tmp_path / "grey.png")
    data = read_data(write(tmp_path, [{"id": "a", "question": "q", "images": ["grey.png"]}]))

    (image,) = data.images(data.records[0])

    assert (image.mode, image.size, image.getpixel((0, 0))) == ("RGB", (4, 2), (7, 7, 7))


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("broken.png", "not an image that can be decoded"),
        ("cut.png", "not an image that can be decoded"),
        ("missing.png", "not an image that can be decoded"),
        ("../outside.png", "outside the data set's folder"),
        ("/outside.png", "outside the data set's folder"),
    ],
)
def test_an_image_that_cannot_be_used_is_named(tmp_path: Path, name: str, message: str) -> None:
    (tmp_path / "broken.png").write_bytes(b"no image")
    Image.effect_noise((64, 64), 50).save(tmp_path / "whole.png")
    (tmp_path / "cut.png").write_bytes((tmp_path / "whole.png").read_bytes()[:900])
    data = read_data(write(tmp_path, [{"id": "a", "question": "q", "images": [name]}]))

    with pytest.raises(InvalidData) as caught:
        data.images(data.records[0])

    (problem,) = caught.value.problems
    assert problem.field == "a.images.0"
    assert name in problem.message
    assert message in problem.message
