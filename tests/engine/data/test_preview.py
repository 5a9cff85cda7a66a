from __future__ import annotations

from hashlib import sha256
from io import BytesIO
from pathlib import Path

from PIL import Image

from prism_engine.data.answers import QuantityAnswer
from prism_engine.data.preview import LONGEST_TEXT, ROWS, preview
from prism_engine.data.records import DataSet, Record, Turn


def test_a_row_shows_images_question_gold_and_sections(tmp_path: Path) -> None:
    Image.new("RGB", (1280, 320), "teal").save(tmp_path / "wide.png")
    record = Record(
        id="a", images=["wide.png"], question="How long?",
        answer=QuantityAnswer(value="5", unit="cm"), metadata={"split": "train"},
        response="<caption>- a ruler</caption><think>read it</think><answer>5 cm</answer>",
    )  # fmt: skip
    (row,) = preview(DataSet(tmp_path, [record]), tmp_path / "pictures")
    (image,) = row.pop("images")
    content = (tmp_path / "pictures" / image["digest"]).read_bytes()
    assert sha256(content).hexdigest() == image["digest"]
    assert Image.open(BytesIO(content)).size == (640, 160)
    assert (image["width"], image["height"]) == (1280, 320)
    assert row == {
        "id": "a", "split": "train", "more_images": 0, "question": "How long?", "gold": "5 cm",
        "gold_type": "quantity", "turns": [], "rollouts": 0,
        "demonstration": {"caption": "- a ruler", "think": "read it", "answer": "5 cm"},
    }  # fmt: skip


def test_long_texts_are_cut_and_only_the_first_rows_are_shown(tmp_path: Path) -> None:
    turns = [Turn(role="user", content="x" * 5000), Turn(role="assistant", content="so")]
    records = [Record(id=str(number), messages=turns) for number in range(ROWS + 5)]
    rows = preview(DataSet(tmp_path, records))
    assert len(rows) == ROWS
    assert rows[0]["turns"] == [
        {"role": "user", "content": "x" * LONGEST_TEXT + " …"},
        {"role": "assistant", "content": "so"},
    ]
    assert (rows[0]["demonstration"], rows[0]["gold"]) == (None, None)
