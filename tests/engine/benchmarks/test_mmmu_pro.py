from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from prism_engine.benchmarks.benchmark import Outcome
from prism_engine.benchmarks.mmmu_pro import STANDARD, VISION, MMMUPro
from prism_engine.benchmarks.published import write_benchmark
from prism_engine.data.records import DataSet, read_data
from tests.engine.benchmarks.published import written

PRO = MMMUPro()
OPTIONS = [f"option {number}" for number in range(10)]


def row(number: int, subject: str = "Physics", **changes: Any) -> dict[str, Any]:
    return {
        "id": f"test_{subject}_{number}", "question": "Which is <image 1>?",
        "options": str(OPTIONS), "answer": "J", "subject": subject, "topic_difficulty": "Hard",
        "image_1": "figure.png", **changes,
    }  # fmt: skip


def seen(number: int, subject: str = "Physics") -> dict[str, Any]:
    return {
        "id": f"test_{subject}_{number}", "image": "figure.png", "options": str(OPTIONS),
        "answer": "J", "subject": subject,
    }  # fmt: skip


def both(folder: Path, standard: list[dict], vision: list[dict], style: str) -> DataSet:
    folder.mkdir(exist_ok=True)
    Image.new("RGB", (32, 16), "blue").save(folder / "figure.png")
    for setting, rows in ((STANDARD, standard), (VISION, vision)):
        (folder / f"{setting}.json").write_text(json.dumps(rows))
    write_benchmark(PRO, str(folder), folder / "out", split="both", style=style, part=True)
    return read_data(folder / "out")


def test_both_settings_are_one_data_set(tmp_path: Path) -> None:
    data = both(tmp_path, [row(1)], [seen(1)], "published")

    assert [record.id for record in data.records] == [
        "standard (10 options)/test_Physics_1", "vision/test_Physics_1",
    ]  # fmt: skip
    assert PRO.name(data) == "MMMU-Pro"
    lines = "\n".join(f"{'ABCDEFGHIJ'[n]}. {option}" for n, option in enumerate(OPTIONS))
    directly = "Answer with the option letter from the given choices directly."
    assert data.records[0].question == f"Which is <image>?\n{lines}\n{directly}"
    assert data.records[1].question == (
        f"{directly} The last line of your response should be of the following format: 'Answer: "
        "$LETTER' (without quotes) where LETTER is one of options."
    )
    assert [len(record.images) for record in data.records] == [1, 1]
    assert [PRO.verdict(record, "Answer: J") for record in data.records] == ["right", "right"]


def test_the_other_prompts(tmp_path: Path) -> None:
    steps = both(tmp_path / "a", [row(1)], [seen(1)], "published_cot").records
    harness = both(tmp_path / "b", [row(1)], [seen(1)], "lmms_eval").records

    assert steps[0].question.endswith("Think step by step before answering.")
    assert steps[1].question.startswith("Write out the multiple-choice question in the image")
    assert harness[0].question.endswith("J. option 9\n\nAnswer with the option letter from the "
                                        "given choices directly.")  # fmt: skip
    assert harness[1].question.startswith("A. option 0\nB. option 1")


def test_one_setting_alone_is_named(tmp_path: Path) -> None:
    data = written(PRO, [row(1)], tmp_path, split=STANDARD)
    assert PRO.name(data) == "MMMU-Pro standard (10 options)"


def test_a_list_within_a_list_is_one_list(tmp_path: Path) -> None:
    nested = row(1, options="[['up', 'down', 'neither']]", answer="B")
    (record,) = written(PRO, [nested], tmp_path, split=STANDARD).records

    assert record.answer.choices == ["up", "down", "neither"]
    assert PRO.verdict(record, "down") == "right"


def test_the_score_is_the_mean_of_the_settings(tmp_path: Path) -> None:
    standard = [row(n) for n in range(4)]
    records = both(tmp_path, standard, [seen(0), seen(1, "Music")], "plain").records
    right = [True, True, True, False, False, True]

    found = PRO.breakdown([Outcome(r, ok) for r, ok in zip(records, right, strict=True)])

    assert found["accuracy_greedy/setting=standard (10 options)"].value == 0.75
    assert found["accuracy_greedy/setting=vision"].value == 0.5
    assert found["score"].value == pytest.approx((0.75 + 0.5) / 2)
    assert found["score"].low < found["score"].value < found["score"].high
    assert found["score"].n == 6
    assert found["accuracy_greedy/subject=Music"].value == 1.0


def test_the_authors_counts() -> None:
    assert PRO.splits["both"].rows == 3460
    assert sum(PRO.splits[VISION].counts["letter"].values()) == 1730
