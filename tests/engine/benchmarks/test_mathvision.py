import pytest

from prism_engine.benchmarks.benchmark import Outcome
from prism_engine.benchmarks.mathvision import MathVision, repaired, typed
from prism_engine.data.answers import ChoiceAnswer, DecimalAnswer, ExpressionAnswer, ListAnswer
from tests.engine.benchmarks.published import written

MATHVISION = MathVision()


def row(number, answer, options=(), level=2):
    return {
        "id": number, "question": "How long is it?\n<image1>", "options": list(options),
        "answer": answer, "solution": None, "level": level, "subject": "counting",
        "image": "figure.png",
    }  # fmt: skip


@pytest.fixture(scope="module")
def records(tmp_path_factory):
    rows = [
        row("1", "B", [r"$\frac{1}{2}$", r"$2 \sqrt{3}$", "$4$", "5 cm", "another value"]),
        row("2", "C", list("ABCDE")),
        row("3", "11 "),
        row("4", r"$\boxed{\frac{16}{7}}$"),
        row("5", "(3,-4)"),
        row("6", "25\\pi", level=5),
        row("7", "1:2"),
    ]
    data = written(MATHVISION, rows, tmp_path_factory.mktemp("mathvision"))
    return {record.id: record for record in data.records}


@pytest.mark.parametrize(
    ("item", "right", "wrong"),
    [
        ("1", ["B", "(B)", r"2\sqrt{3}", r"$2 \sqrt{3}$", "3.46", "x = 3.464"], ["A", "3.47", "4"]),
        ("2", ["C", "(C)", r"\text{C}", "c"], ["B", "", "C or D"]),
        ("3", ["11", "11.0", "x = 11", "= 11", "11.004", r"\frac{22}{2}"], ["11.006", "12", "1 1"]),
        ("4", [r"\frac{16}{7}", "16/7", "2.29"], ["2.3", r"\frac{7}{16}"]),
        ("5", ["(3, -4)", "(3.0, -4)"], ["(-4, 3)", "3", "[3, -4]"]),
        ("6", [r"25 \pi", "78.54"], ["78.5", "25"]),
        ("7", ["1 : 2", "1:2."], ["2:1", "1/2", "12"]),
    ],
)
def test_a_letter_its_text_or_the_same_number_to_two_places(records, item, right, wrong):
    judged = {answer: MATHVISION.verdict(records[item], answer) for answer in [*right, *wrong]}
    assert judged == dict.fromkeys(right, "right") | {answer: judged[answer] for answer in wrong}
    assert "right" not in [judged[answer] for answer in wrong]


@pytest.mark.parametrize(
    "hostile",
    ["__import__('os').system('false')", "9^{9^{9^{9}}}", "1000000!!", "{" * 900, "\\frac{1}{0}"],
)
def test_hostile_answers_are_never_run(records, hostile):
    assert MATHVISION.verdict(records["6"], hostile) in ("unparsed", "wrong", "timeout")


@pytest.mark.parametrize(
    ("published", "meant"),
    [
        ("\x0crac{36}{13}", r"\frac{36}{13}"),
        ("69{degrees}", "69"),
        (r"8\sqrt{3}{squareinches}", r"8\sqrt{3}"),
        (r"$\boxed{\frac{3}{4}}$", r"\frac{3}{4}"),
        ("11 ", "11"),
        (r"\frac{25}{7}", r"\frac{25}{7}"),
    ],
)
def test_golds_are_repaired(published, meant):
    assert repaired(published) == meant


def test_golds_are_typed():
    assert typed("11 ") == DecimalAnswer(value="11", precision=2)
    assert typed("0.5") == DecimalAnswer(value="0.5", precision=2)
    assert typed("(3,-4)") == ListAnswer(value=["3", "-4"])
    assert typed(r"5\sqrt{5}") == ExpressionAnswer(value=r"5\sqrt{5}")
    assert typed("C") == ChoiceAnswer(value="C")


def test_prompts_and_the_name_of_the_split(records, tmp_path):
    published = records["2"].question
    assert published.startswith("Please solve the problem step by step")
    assert published.endswith("(A) A\n(B) B\n(C) C\n(D) D\n(E) E")
    assert MATHVISION.question(records["3"]) == "How long is it?\n<image1>"

    mini = written(MATHVISION, [row("1", "7")], tmp_path, split="testmini", style="plain")
    assert mini.records[0].question == "How long is it?\n<image1>"
    assert MATHVISION.name(mini) == "MathVision testmini"
    assert records["1"].metadata["split"] == "test"
    assert (records["1"].metadata["question_type"], records["6"].metadata["level"]) == ("choice", 5)


def test_accuracy_by_level_and_by_subject(records):
    found = MATHVISION.breakdown(
        [Outcome(record, right=record.id != "1") for record in records.values()]
    )

    parts = ("level=2", "level=5", "subject=counting", "subject_level=counting, level 5")
    estimates = [found[f"accuracy_greedy/{part}"] for part in parts]
    assert [(estimate.value, estimate.n) for estimate in estimates] == [
        (pytest.approx(5 / 6), 6), (1.0, 1), (pytest.approx(6 / 7), 7), (1.0, 1),
    ]  # fmt: skip
