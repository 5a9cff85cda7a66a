from pathlib import Path

import pytest

from prism_engine.benchmarks import BENCHMARKS, benchmark_of
from prism_engine.benchmarks.benchmark import Grade, Structure, grade
from prism_engine.benchmarks.evaluate import GradedItem, majority, scores, supervision_scores
from prism_engine.data.answers import ChoiceAnswer, ListAnswer
from prism_engine.data.records import DataSet, Record
from prism_engine.data.response import parse_response

RECORD = Record(
    id="x",
    question="Count red, circle, blue",
    answer=ListAnswer(value=["2", "1", "0"]),
    response="<caption>\n- a1 red circle\n- b1 red square</caption>\n"
    "<think>red a1 1 b1 2 = 2\ncircle a1 1 = 1\nblue = 0</think>\n<answer>2, 1, 0</answer>",
    metadata={"benchmark": "miniature", "family": "counting"},
)
MINIATURE = BENCHMARKS["miniature"]


def graded(caption, answer, think="red = 2"):
    text = f"<caption>{caption}</caption><think>{think}</think><answer>{answer}</answer>"
    return grade(MINIATURE, RECORD, parse_response(text))


def test_a_right_and_faithful_response():
    assert graded("- a1 red circle\n- b1 red square", "2, 1, 0") == Grade(
        correct=True,
        structure=Structure(items=2, steps=1, recall=1.0, precision=1.0, faithful=True),
    )


def test_a_right_answer_pasted_on_a_false_caption():
    assert graded("- a1 red circle", "2, 1, 0") == Grade(
        correct=True,
        structure=Structure(items=1, steps=1, recall=0.5, precision=1.0, faithful=False),
    )


def test_a_wrong_answer_that_follows_from_a_false_caption():
    assert graded("- a1 red circle\n- c3 blue square", "1, 1, 1") == Grade(
        correct=False,
        structure=Structure(items=2, steps=1, recall=0.5, precision=0.5, faithful=True),
    )


def test_a_malformed_response_is_wrong_and_has_no_structure():
    assert grade(MINIATURE, RECORD, parse_response("2, 1, 0")) == Grade(False, None)


def test_rows_without_a_family_are_graded_by_type_alone():
    record = RECORD.model_copy(update={"metadata": {}})
    found = grade(BENCHMARKS["typed"], record, parse_response(record.response))
    assert found.correct
    assert found.structure.faithful is None


def test_rows_name_their_benchmark():
    plain = RECORD.model_copy(update={"metadata": {}})
    assert benchmark_of([RECORD, RECORD]) is MINIATURE
    assert benchmark_of([plain]) is BENCHMARKS["typed"]
    assert benchmark_of([RECORD, plain]) is BENCHMARKS["typed"]
    named = {MINIATURE.name(DataSet(Path(folder), [])) for folder in ("test", "x/miniature-test")}
    assert named == {"miniature-test"}


def test_scores_by_hand():
    right = Grade(True, Structure(items=2, steps=3, recall=1.0, precision=1.0, faithful=True))
    poor = Grade(False, Structure(items=1, steps=2, recall=0.5, precision=1.0, faithful=False))
    broken = Grade(False, None)
    items = [
        GradedItem(RECORD, greedy=right, sampled=(right, poor)),
        GradedItem(RECORD, greedy=poor, sampled=(poor, broken)),
        GradedItem(RECORD, greedy=broken, sampled=(broken, broken)),
    ]
    found = scores(items)
    assert {name: (round(e.value, 4), e.n) for name, e in found.items()} == {
        "accuracy_greedy": (0.3333, 3),
        "accuracy_sampled": (round(0.5 / 3, 4), 3),
        "valid_share": (0.5, 3),
        "caption_recall": (0.625, 2),
        "caption_precision": (1.0, 2),
        "caption_items": (1.25, 2),
        "reasoning_steps": (2.25, 2),
        "caption_faithfulness": (0.25, 2),
        "pass_at_2": (0.3333, 3),
        # Of the policy's captions three quarters have one item, of the demonstrations' none.
        "caption_items_wasserstein": (0.75, 2),
        "caption_items_kolmogorov_smirnov": (0.75, 2),
        "reasoning_steps_wasserstein": (0.75, 2),
        "reasoning_steps_kolmogorov_smirnov": (0.75, 2),
    }
    assert all(estimate.low <= estimate.value <= estimate.high for estimate in found.values())


def test_without_samples_the_greedy_response_is_counted():
    right = Grade(True, Structure(items=2, steps=3, recall=1.0, precision=1.0, faithful=True))
    found = scores([GradedItem(RECORD, greedy=right, sampled=())])
    assert "accuracy_sampled" not in found
    assert found["caption_items"].value == 2.0


def test_the_supervisions_own_numbers():
    assert supervision_scores(MINIATURE, [RECORD]) == {
        "accuracy_greedy": 1.0,
        "valid_share": 1.0,
        "caption_recall": 1.0,
        "caption_precision": 1.0,
        "caption_items": 2.0,
        "reasoning_steps": 3.0,
        "caption_faithfulness": 1.0,
    }
    question = RECORD.model_copy(update={"response": None})
    assert supervision_scores(MINIATURE, [question]) == {}


def test_the_majority_baseline():
    other = RECORD.model_copy(update={"answer": ListAnswer(value=["0", "0", "0"])})
    assert majority([RECORD, RECORD, other]) == pytest.approx(2 / 3)


def test_the_most_common_answer_to_choices_is_a_letter_whatever_their_texts():
    golds = [("A", ["1", "2"]), ("A", ["3", "4"]), ("B", ["5", "6"])]
    records = [
        Record(id=str(n), question="what", answer=ChoiceAnswer(value=letter, choices=choices))
        for n, (letter, choices) in enumerate(golds)
    ]
    assert majority(records) == 2 / 3
