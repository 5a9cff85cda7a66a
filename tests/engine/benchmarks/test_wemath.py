import json

import pytest

from prism_engine.benchmarks.benchmark import Outcome
from prism_engine.benchmarks.wemath import WeMath, choices
from prism_engine.data.answers import ChoiceAnswer
from prism_engine.errors import InvalidData
from tests.engine.benchmarks.published import written

WEMATH = WeMath()


def row(group, key, answer="B", concept="Ours", option="A. 3; B. 4;C. 5; D. No correct answer"):
    return {
        "ID": group, "split": "testmini", "knowledge concept": concept, "question": "How long?",
        "option": option, "answer": answer, "image_path": "figure.png", "key": key,
        "question number": 1, "knowledge concept description": "Ours.",
    }  # fmt: skip


ROWS = [
    row("2steps_1", "2steps_1", concept="lengths"),
    row("2steps_1", "2steps_2", concept="areas"),
    row("2steps_1", "2steps_multi", concept="lengths;areas"),
    row("2steps_2", "2steps_1", concept="lengths"),
]


def test_rows_are_problems_of_groups(tmp_path):
    data = written(WEMATH, ROWS, tmp_path)

    assert [record.id for record in data.records] == [
        "2steps_1-1", "2steps_1-2", "2steps_1-multi", "2steps_2-1"
    ]  # fmt: skip
    first, _, composed, _ = data.records
    assert first.question == "How long?\nA. 3; B. 4;C. 5; D. No correct answer"
    assert first.answer == ChoiceAnswer(value="B", choices=["3", "4", "5", "No correct answer"])
    assert (first.metadata["group"], first.metadata["steps"]) == ("2steps_1", "one")
    assert first.metadata["concept"] == "lengths"
    assert composed.metadata["concepts"] == ["lengths", "areas"]
    assert (composed.metadata["steps"], WEMATH.name(data)) == ("two", "WeMath")


@pytest.mark.parametrize(
    ("option", "texts"),
    [
        ("A. 3, 5;B. 4,  5 ; C. No.", ["3, 5", "4,  5", "No."]),
        ("A. to ;C.; B. to ;D.", ["to ;C.", "to ;D."]),
        ("A. Yes;B. No; F. Neither", []),
        ("A. x", ["x"]),
        ("none", []),
    ],
)
def test_options_are_one_text(option, texts):
    assert choices(option) == texts


@pytest.mark.parametrize(
    ("answer", "verdict"),
    [("B", "right"), ("(B) 4", "right"), ("4", "right"), ("A", "wrong"), ("(B) 5", "unparsed")],
)
def test_an_answer_is_a_letter_or_its_text(tmp_path, answer, verdict):
    assert WEMATH.verdict(written(WEMATH, ROWS, tmp_path).records[0], answer) == verdict


def test_what_is_reported_of_groups_steps_and_concepts(tmp_path):
    (tmp_path / "knowledge_structure_nodes.json").write_text(
        json.dumps(
            [
                {"full node": "Ours_Measures_lengths", "root2": "Measures"},
                {"full node": "Ours_Measures_areas", "root2": "Measures"},
            ]
        )
    )
    records = written(WEMATH, ROWS, tmp_path).records

    found = WEMATH.breakdown([Outcome(r, right=r.id != "2steps_1-1") for r in records])

    # The second group is not complete: it counts by step and concept, and not as a group.
    assert (found["score"].value, found["score"].n) == (1.0, 1)
    assert found["wemath_score_strict"].value == 0.0
    assert found["accuracy_greedy/steps=one"].value == pytest.approx(2 / 3)
    assert found["accuracy_greedy/steps=two"].value == 1.0
    assert found["accuracy_greedy/concept=lengths"].value == 0.5
    # A concept counts as much as another: (1/2 + 1) / 2, where items would give 2/3.
    domain = found["wemath_concept_accuracy/domain=Measures"]
    assert (domain.value, domain.n) == (pytest.approx(0.75), 3)


def test_without_a_whole_group_there_is_no_score(tmp_path):
    records = written(WEMATH, ROWS[:2], tmp_path).records
    assert "score" not in WEMATH.breakdown([Outcome(record, right=True) for record in records])


def test_the_authors_count_525_groups(tmp_path):
    with pytest.raises(InvalidData, match="group: there are 2, and its authors have 525"):
        written(WEMATH, ROWS, tmp_path, part=False)
