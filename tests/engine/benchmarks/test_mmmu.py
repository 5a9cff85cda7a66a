from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from prism_engine.benchmarks.benchmark import Outcome
from prism_engine.benchmarks.mmmu import DISCIPLINES, MMMU, OF_A_SUBJECT
from prism_engine.data.answers import ChoiceAnswer, TextAnswer
from prism_engine.errors import InvalidData
from tests.engine.benchmarks.published import written

MMMU_VALIDATION = MMMU()


def row(number: int, subject: str = "Physics", **changes: Any) -> dict[str, Any]:
    return {
        "id": f"validation_{subject}_{number}", "question": "What does <image 1> show?",
        "options": "['a coil', \"a lens\"]", "explanation": "", "answer": "B",
        "question_type": "multiple-choice", "topic_difficulty": "Easy", "subfield": "Optics",
        "image_1": "figure.png", **{f"image_{n}": None for n in range(2, 8)}, **changes,
    }  # fmt: skip


def with_pictures(folder: Path, count: int) -> dict[str, str]:
    """Pictures whose widths are 10, 20, 30 …, as columns."""
    folder.mkdir(exist_ok=True)
    for number in range(1, count + 1):
        Image.new("RGB", (10 * number, 8)).save(folder / f"{number}.png")
    return {f"image_{number}": f"{number}.png" for number in range(1, count + 1)}


def test_choices_numbers_and_alternatives_are_typed(tmp_path: Path) -> None:
    rows = [
        row(1),
        row(2, options="[]", question_type="open", answer="12.97"),
        row(3, options="[]", question_type="open", answer="['$CuS$', 'CuS']"),
        row(4, answer="I", options=str([f"option {n}" for n in range(9)])),
        row(5, answer="?"),
    ]
    data = written(MMMU_VALIDATION, rows, tmp_path)

    assert [record.answer for record in data.records] == [
        ChoiceAnswer(value="B", choices=["a coil", "a lens"]),
        TextAnswer(value="12.97"),
        TextAnswer(value="$CuS$", aliases=["CuS"]),
        ChoiceAnswer(value="I", choices=[f"option {n}" for n in range(9)]),
        None,
    ]
    assert data.records[0].metadata["discipline"] == "Science"
    assert MMMU_VALIDATION.name(data) == "MMMU"


def test_prompts_are_the_authors(tmp_path: Path) -> None:
    rows = [row(1), row(2, options="[]", question_type="open", answer="3")]
    published = written(MMMU_VALIDATION, rows, tmp_path / "a").records
    harness = written(MMMU_VALIDATION, rows, tmp_path / "b", style="lmms_eval").records
    plain = written(MMMU_VALIDATION, rows, tmp_path / "c", style="plain").records

    letter = "Answer with the option's letter from the given choices directly."
    word = "Answer the question using a single word or phrase."
    asked = "What does <image> show?"
    assert published[0].question == f"{asked}\n\n(A) a coil\n(B) a lens\n\n\n{letter}"
    assert published[1].question == f"{asked}\n\n{word}"
    assert harness[0].question == f"{asked}\nA. a coil\nB. a lens\n\n{letter}"
    assert plain[0].question == f"{asked}\nA. a coil\nB. a lens"
    assert (
        MMMU_VALIDATION.question(published[0]) == "What does <image 1> show?\nA. a coil\nB. a lens"
    )


def test_a_token_means_its_column_wherever_it_stands(tmp_path: Path) -> None:
    """Options are shuffled after they were numbered, and a token may stand twice."""
    columns = with_pictures(tmp_path, 4)
    shuffled = row(
        1,
        question="Which one continues <image 1>, and not <image 1> turned?",
        options="['<image 4>', 'the <image 2>', '<image 3>']",
        **columns,
    )
    data = written(MMMU_VALIDATION, [shuffled], tmp_path, style="plain")

    (record,) = data.records
    assert record.question == (
        "Which one continues <image>, and not <image> turned?\n"
        "A. <image>\nB. the <image>\nC. <image>"
    )
    assert [image.size[0] for image in data.images(record)] == [10, 10, 40, 20, 30]


def test_an_image_that_a_question_names_must_be_there(tmp_path: Path) -> None:
    with pytest.raises(InvalidData, match="the image None is no file"):
        written(MMMU_VALIDATION, [row(1, question="Compare <image 1> with <image 2>")], tmp_path)


@pytest.mark.parametrize(
    ("item", "right", "wrong", "unparsed"),
    [
        (0, ["B", "\\boxed{B}", "a lens", "The answer is (B)."], ["A", "A or B", "C"], [""]),
        (1, ["12.97", "$12.97", "12.974 m"], ["12.9", "12.97 or 13"], ["many"]),
        (2, ["CuS", "copper sulfide, CuS"], ["Cu"], [""]),
        (3, ["A", "C", "same"], ["B"], ["?"]),
    ],
)  # fmt: skip
def test_answers_are_read_strictly(
    tmp_path: Path, item: int, right: list[str], wrong: list[str], unparsed: list[str]
) -> None:
    rows = [
        row(1),
        row(2, options="[]", question_type="open", answer="12.97"),
        row(3, options="[]", question_type="open", answer="['$CuS$', 'CuS']"),
        row(4, options="['same', 'other', 'same']", answer="C"),
    ]
    record = written(MMMU_VALIDATION, rows, tmp_path).records[item]

    for verdict, answers in (("right", right), ("wrong", wrong), ("unparsed", unparsed)):
        assert [a for a in answers if MMMU_VALIDATION.verdict(record, a) != verdict] == []
    assert MMMU_VALIDATION.verdict(record, "B\x00") == "unparsed"
    assert MMMU_VALIDATION.verdict(record, "A" * 200_000) == "unparsed"


def test_the_score_is_the_mean_over_items_and_subjects_add_up(tmp_path: Path) -> None:
    rows = [row(n, subject) for n, subject in enumerate(["Physics", "Physics", "Math", "Music"])]
    records = written(MMMU_VALIDATION, rows, tmp_path).records

    found = MMMU_VALIDATION.breakdown(
        [Outcome(r, right) for r, right in zip(records, [True, False, True, False], strict=True)]
    )

    assert found["score"].value == 0.5
    assert found["accuracy_greedy/discipline=Science"].value == pytest.approx(2 / 3)
    assert found["accuracy_greedy/subject=Physics"].value == 0.5
    by_subject = [found[f"accuracy_greedy/subject={s}"] for s in ("Physics", "Math", "Music")]
    assert sum(each.value * each.n for each in by_subject) / 4 == found["score"].value


def test_there_are_thirty_subjects_in_six_disciplines() -> None:
    assert (len(OF_A_SUBJECT), len(DISCIPLINES)) == (30, 6)
    assert sum(MMMU.splits["validation"].counts["subject"].values()) == 900
