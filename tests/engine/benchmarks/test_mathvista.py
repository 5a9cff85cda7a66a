import pytest

from prism_engine.benchmarks.benchmark import Outcome
from prism_engine.benchmarks.mathvista import MathVista
from prism_engine.data.answers import (
    ChoiceAnswer,
    DecimalAnswer,
    IntegerAnswer,
    ListAnswer,
    QuantityAnswer,
)
from tests.engine.benchmarks.published import written

MATHVISTA = MathVista()


def row(pid, answer, question_type="free_form", answer_type="integer", **changes):
    metadata = {
        "split": "testmini", "language": "english", "img_width": 32, "img_height": 16,
        "source": "Ours", "category": "general-vqa", "task": "math word problem",
        "context": "table", "grade": "college", "skills": ["arithmetic reasoning"],
    }  # fmt: skip
    return {
        "pid": pid, "question": "How many?", "image": "figure.png", "choices": None, "unit": None,
        "precision": None, "answer": answer, "question_type": question_type,
        "answer_type": answer_type, "query": "Hint: count.\nQuestion: How many?",
        "metadata": metadata | changes.pop("metadata", {}), **changes,
    }  # fmt: skip


ROWS = [
    row("1", "7"),
    row("2", "2.50", answer_type="float", precision=2),
    row("3", "12", unit="years"),
    row("4", "[1, 3]", answer_type="list"),
    row("5", "red", "multi_choice", "text", choices=["red", "blue", "red"]),
    row("6", "", "multi_choice", "text", choices=["a", "b"]),
]


def test_golds_are_typed_and_kept_raw(tmp_path):
    data = written(MATHVISTA, ROWS, tmp_path)

    assert [record.answer for record in data.records] == [
        IntegerAnswer(value=7),
        DecimalAnswer(value="2.50", precision=2),
        QuantityAnswer(value="12", unit="years", unit_required=False),
        ListAnswer(value=["1", "3"]),
        ChoiceAnswer(value="A", choices=["red", "blue", "red"]),
        None,
    ]
    assert [record.metadata["gold"] for record in data.records][:3] == ["7", "2.50", "12"]
    assert data.records[0].question == "Hint: count.\nQuestion: How many?"
    assert MATHVISTA.question(data.records[0]) == "How many?"
    assert data.images(data.records[0])[0].size == (32, 16)
    assert MATHVISTA.name(data) == "MathVista"


def test_a_plain_prompt_has_the_choices_and_the_unit_alone(tmp_path):
    data = written(MATHVISTA, ROWS, tmp_path, style="plain")

    assert data.records[2].question == "How many? (Unit: years)"
    assert data.records[4].question == "How many?\nChoices:\n(A) red\n(B) blue\n(C) red"


@pytest.mark.parametrize(
    ("item", "right", "wrong"),
    [
        (0, ["7", "7.0", "$7$", "**7**"], ["7.9", "8", "seven", ""]),
        (1, ["2.5", "2.504", "5/2", "2.496"], ["2.51", "25", "2.4"]),
        (2, ["12", "12 years", "12 yrs"], ["12 cm", "13"]),
        (3, ["[1, 3]", "1, 3"], ["[3, 1]", "[1, 3, 3]"]),
        (4, ["A", "(A)", "C", "red", "(C) red", "A. red"], ["B", "blue", "(A) blue", "", "re"]),
    ],
)
def test_answers_are_compared_by_their_type(tmp_path, item, right, wrong):
    record = written(MATHVISTA, ROWS, tmp_path).records[item]

    assert [MATHVISTA.verdict(record, answer) for answer in right] == ["right"] * len(right)
    assert "right" not in [MATHVISTA.verdict(record, answer) for answer in wrong]


def test_accuracy_by_all_that_is_said_of_an_item(tmp_path):
    rows = [
        row("1", "7", metadata={"task": "t1", "skills": ["a", "b"]}),
        row("2", "7", metadata={"task": "t1", "skills": ["b"]}),
        row("3", "7", metadata={"task": "t2", "skills": []}),
    ]
    records = written(MATHVISTA, rows, tmp_path).records

    found = MATHVISTA.breakdown([Outcome(r, right=r.id != "2") for r in records])

    assert found["score"].value == pytest.approx(2 / 3)
    parts = ("task=t1", "task=t2", "skills=a", "skills=b", "source=Ours")
    estimates = [found[f"accuracy_greedy/{part}"] for part in parts]
    assert [(estimate.value, estimate.n) for estimate in estimates] == [
        (0.5, 2), (1.0, 1), (1.0, 1), (0.5, 2), (pytest.approx(2 / 3), 3)
    ]  # fmt: skip
