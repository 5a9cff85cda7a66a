import pytest

from prism_engine.benchmarks.benchmark import Outcome
from prism_engine.benchmarks.mathverse import MathVerse, choices, free_form, gold_of
from prism_engine.data.answers import (
    ChoiceAnswer,
    DecimalAnswer,
    ExpressionAnswer,
    IntegerAnswer,
    IntervalAnswer,
    ListAnswer,
    QuantityAnswer,
    TextAnswer,
)
from tests.engine.benchmarks.published import written

MATHVERSE = MathVerse()
QUESTION = "What is x?\nChoices:\nA:2\nB:2√{3}\nC. 4\nD:8"


def row(number, answer, question_type="free-form", version="Text Lite", **changes):
    return {
        "sample_index": str(number), "problem_index": "1", "problem_version": version,
        "question": "What is x?", "question_for_eval": QUESTION, "query_wo": "Answer: what is x?",
        "query_cot": "Reason: what is x?", "image": "figure.png", "answer": answer,
        "question_type": question_type,
        "metadata": {"split": "testmini", "source": "Ours", "subject": "Functions",
                     "subfield": "Property"},
        **changes,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("answer", "gold"),
    [
        ("15", IntegerAnswer(value=15)),
        ("22.30", DecimalAnswer(value="22.30", precision=2)),
        ("$h=15$", IntegerAnswer(value=15)),
        ("$5=s$", IntegerAnswer(value=5)),
        ("slope =-4", IntegerAnswer(value=-4)),
        (r"Volume $=113.10 \mathrm{~cm}^{3}$", ("113.10", r"\mathrm{~cm}^{3}", 2)),
        ("4.4 m", ("4.4", "m", 1)),
        ("675 m", ("675", "m", None)),
        ("(-2,1]", IntervalAnswer(value="(-2,1]")),
        ("$(0,14)$", ListAnswer(value=["0", "14"])),
        (r"4\sqrt{3}", ExpressionAnswer(value=r"4\sqrt{3}")),
        ("$y=x-5$", ExpressionAnswer(value="y=x-5")),
        ("even", TextAnswer(value="even")),
    ],
)
def test_free_form_golds_lose_their_names_and_keep_their_units(answer, gold):
    if isinstance(gold, tuple):
        value, unit, places = gold
        gold = QuantityAnswer(value=value, unit=unit, precision=places, unit_required=False)
    assert free_form(answer) == gold


def test_choices_are_lines_of_the_question():
    assert choices(QUESTION) == ["2", "2√{3}", "4", "8"]
    assert choices("What is x?\nChoices:\nA:2\nC:4") == []
    assert gold_of("(C)", "multi-choice", QUESTION) == ChoiceAnswer(
        value="C", choices=["2", "2√{3}", "4", "8"]
    )
    assert gold_of("False", "multi-choice", "Is it?") == TextAnswer(value="False")


@pytest.mark.parametrize(
    ("gold", "right", "wrong"),
    [
        (r"Volume $=113.10 \mathrm{~cm}^{3}$",
         ["113.1", "V = 113.10 cm^3", "113.097 cm³", r"Volume $=113.1 \mathrm{~cm}^{3}$"],
         ["113.10 cm^2", "113.2", "131.10"]),
        ("$r=5$", ["5", "r = 5", "$r=5$"], ["r = 6", "5 or 6"]),
        ("(-2,1]", ["(-2, 1]", r"\left(-2, 1\right]"], ["(-2,1)", "[-2,1]"]),
        ("When x<=3 $f(x)=1$, else $f(x)=2$", ["When x<=3 $f(x)=1$, else f(x)=2"], ["f(x)=1"]),
        ("56.55 units $^{3}$", ["56.55 units^3", "56.55 units $^{3}$"], ["56.56 units^3", "65.55"]),
        (r"4\sqrt{3}", ["4√3", r"\sqrt{48}", r"x = 4\sqrt{3}"], ["4√2", "x = 7"]),
        ("y=-2 x+5", ["y = 5 - 2x"], ["y = 5 + 2x"]),
        ("24", ["24 units", r"24\text{ units}", "The answer is 24."], ["24 cm", "25 units"]),
        (r"36\pi \mathrm{cm}^3", [r"36\pi \text{ cm}^3", r"36 \pi"], [r"36\pi \mathrm{cm}^2"]),
        ("$(0,14)$", ["(0, 14)"], ["[0, 14]", "(14, 0)"]),
    ],
)  # fmt: skip
def test_free_form_answers_are_compared_by_type(tmp_path, gold, right, wrong):
    (record,) = written(MATHVERSE, [row(1, gold)], tmp_path).records
    assert [MATHVERSE.verdict(record, answer) for answer in right] == ["right"] * len(right)
    assert "right" not in [MATHVERSE.verdict(record, answer) for answer in wrong]


def test_a_choice_is_a_letter_or_its_text(tmp_path):
    (record,) = written(MATHVERSE, [row(1, "C", "multi-choice")], tmp_path).records
    assert record.question == "Answer: what is x?"
    for answer in ("C", "(C)", "C: 4", "4"):
        assert MATHVERSE.verdict(record, answer) == "right"
    for answer in ("B", "8", "C: 8", ""):
        assert MATHVERSE.verdict(record, answer) != "right"


def test_versions_of_one_problem_depend_on_each_other(tmp_path):
    versions = ("Text Dominant", "Text Lite", "Vision Only")
    rows = [
        row(f"{problem}-{version}", "7", version=version, problem_index=str(problem))
        for problem in range(8)
        for version in versions
    ]
    records = written(MATHVERSE, rows, tmp_path).records

    found = MATHVERSE.breakdown(
        [Outcome(r, right=int(r.metadata["problem"]) % 2 == 0) for r in records]
    )

    by_version = found["accuracy_greedy/version=Vision Only"]
    assert (by_version.value, by_version.n) == (0.5, 8)
    assert (found["score"].value, found["score"].n) == (0.5, 24)
    # 24 items that are right or wrong by threes say no more than 8 do.
    assert found["score"].high - found["score"].low > 0.5
    assert found["accuracy_greedy/subfield=Functions: Property"].n == 24


def test_the_text_alone_has_no_picture_and_a_name_of_its_own(tmp_path):
    rows = [row(1, "7", image="", version="Text Only")]
    data = written(MATHVERSE, rows, tmp_path, split="testmini_text_only", style="reasoning")
    assert (data.records[0].images, data.records[0].question) == ([], "Reason: what is x?")
    assert MATHVERSE.name(data) == "MathVerse testmini_text_only"
