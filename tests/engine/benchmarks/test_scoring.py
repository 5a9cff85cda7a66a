from prism_engine.benchmarks import BENCHMARKS
from prism_engine.benchmarks.scoring import Judged, PaperCompat, Reply, Score, Strict, first_answer
from prism_engine.data.answers import IntegerAnswer
from prism_engine.data.records import Record
from prism_engine.data.response import parse_response

RECORD = Record(id="x", question="How many?", answer=IntegerAnswer(value=2))
TYPED = BENCHMARKS["typed"]


class Agreeable:
    """Accepts what has the word two in it, and fails on what has a question mark."""

    name = "agreeable"

    def __init__(self):
        self.asked = []

    def verdicts(self, cases):
        self.asked += [(case.question, case.gold, case.said) for case in cases]
        return [
            "failed" if "?" in case.said else "right" if "two" in case.said else "wrong"
            for case in cases
        ]


def formed(answer):
    return f"<caption>- a</caption><think>or two</think><answer>{answer}</answer>"


def scores(scoring, *texts, record=RECORD):
    return scoring.scores(TYPED, [Reply(record, text, parse_response(text)) for text in texts])


def test_strict_reads_well_formed_answers_alone():
    assert scores(Strict(), formed("2"), formed("3"), formed("two"), "<answer>2</answer>") == [
        Score("2", "right"),
        Score("3", "wrong"),
        Score("two", "unparsed"),
        Score(None, None),
    ]


def test_without_a_gold_there_is_no_verdict():
    record = Record(id="x", question="How many?")
    assert scores(Strict(), formed("2"), record=record) == [Score("2", None)]


def test_a_judge_sees_answers_that_the_rules_do_not_accept_and_nothing_else():
    judge = Agreeable()

    found = scores(Judged(judge), formed("2"), formed("two"), formed("3"), formed("?"), "two")

    assert found == [
        Score("2", "right"),
        Score("two", "unparsed", "right"),
        Score("3", "wrong", "wrong"),
        Score("?", "unparsed", "failed"),
        Score(None, None),
    ]
    assert [score.right for score in found] == [True, True, False, False, False]
    assert judge.asked == [("How many?", "2", said) for said in ("two", "3", "?")]


def test_the_papers_mode_reads_the_first_answer_and_judges_the_whole_response():
    judge = Agreeable()
    shotgun = "<answer>2</answer><answer>3</answer>"

    found = scores(PaperCompat(judge), shotgun, "2", formed("3"))

    assert found == [
        Score("2", "right"),
        Score("2", "right"),
        # The trace says two, though the answer does not: this mode can be raised by a hedge.
        Score("3", "wrong", "right"),
    ]
    assert judge.asked == [("How many?", "2", formed("3"))]
    assert scores(PaperCompat(), formed("3")) == [Score("3", "wrong")]


def test_the_first_answer_or_all_of_the_text():
    assert first_answer("a <answer> B </answer> <answer>C</answer>") == "B"
    assert first_answer("a <answer>B") == "a <answer>B"
    assert first_answer("<answer>\n2\n</answer>") == "2"
