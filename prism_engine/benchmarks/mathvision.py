"""MATH-Vision (Wang et al., arXiv 2402.14804): problems of competitions.

The authors' rule is kept: an answer is right if it is the letter of the right option, or its text,
or evaluates to the same number rounded to two places. Theirs evaluates what a model wrote inside
the scorer; here that happens in processes that can be killed.
"""

from __future__ import annotations

import re
from typing import Any

from prism_engine.benchmarks.files import PublishedRow
from prism_engine.benchmarks.published import Published, Split, is_other_bracket
from prism_engine.contract.events import AnswerVerdict
from prism_engine.data.answers import LETTERS, Answer, ChoiceAnswer, DecimalAnswer
from prism_engine.data.gold import type_gold
from prism_engine.data.records import Record
from prism_engine.data.spelling.latex import commas, latex
from prism_engine.data.spelling.wrapping import unwrap
from prism_engine.rewards.answer import verdict
from prism_engine.rewards.answer.mathematics import CALCULATORS, Question

PLACES = 2
"""Decimal places to which the authors compare numbers."""

_FORM_FEED = "\x0c"
_NAMED_UNIT = re.compile(r"(?<=[\d}])\{(?:degrees|inches|squareinches|units)\}$")
_LEADING_NAME = re.compile(r"^(?:[A-Za-z]\w*\s*)?=\s*")
_RATIO = re.compile(r"(?<=\d)\s*:\s*(?=\d)")


def instruction_and_question(row: PublishedRow) -> str:
    """The authors' prompt for answers in a box."""
    return (
        'Please solve the problem step by step and put your answer in one "\\boxed{}".'
        ' If it is multiple choice question, only one letter is allowed in the "\\boxed{}".\n'
        f"{question_and_options(row)}"
    )


def question_and_options(row: PublishedRow) -> str:
    """No instruction, for a policy that has a form of its own."""
    options = [f"({LETTERS[n]}) {option}" for n, option in enumerate(row["options"])]
    return "\n".join([row["question"], *options])


def repaired(answer: str) -> str:
    """A gold as its authors meant it: a command that lost its backslash, units in braces."""
    return _NAMED_UNIT.sub("", unwrap(answer.replace(_FORM_FEED, "\\f")))


def typed(answer: str) -> Answer | None:
    """A free-form gold with the type by which it is compared."""
    found = type_gold(repaired(answer))
    if found is not None and found.type in ("integer", "decimal"):
        return DecimalAnswer(value=str(found.value), precision=PLACES)
    return found


def same_number(gold: str, given: str) -> AnswerVerdict:
    """Whether both evaluate to the same number, rounded."""
    expected, answer = latex(repaired(gold)), latex(_LEADING_NAME.sub("", unwrap(given)))
    if expected is None or answer is None or commas(expected) or commas(answer):
        return "unparsed"
    return CALCULATORS.ask(Question(expected, answer, PLACES))


SUBJECTS = (
    "algebra", "analytic geometry", "arithmetic", "combinatorial geometry", "combinatorics",
    "counting", "descriptive geometry", "graph theory", "logic", "metric geometry - angle",
    "metric geometry - area", "metric geometry - length", "solid geometry", "statistics",
    "topology", "transformation geometry",
)  # fmt: skip
SPLITS = {
    "test": Split(
        files=("data/test-*.parquet", "test-*.parquet", "**/test.jsonl", "**/test.json"),
        rows=3040,
        counts={
            "question_type": {"choice": 1532, "free_form": 1508},
            "level": {1: 237, 2: 738, 3: 551, 4: 830, 5: 684},
        },
        distinct={"subject": 16},
    ),
    "testmini": Split(
        files=("data/testmini-*.parquet", "testmini-*.parquet", "**/testmini.json*"),
        rows=304,
        counts={
            "question_type": {"choice": 190, "free_form": 114},
            "subject": dict.fromkeys(SUBJECTS, 19),
        },
    ),
}
STYLES = {"published": instruction_and_question, "plain": question_and_options}


class MathVision(Published):
    """Accuracy overall, by level, by subject and by both; the title names the split."""

    key = "mathvision"
    title = "MathVision"
    hub = "MathLLMs/MathVision"
    licence = "MIT"
    splits = SPLITS
    styles = STYLES
    dimensions = ("level", "subject", "subject_level")

    def record(self, row: PublishedRow) -> Record:
        options = list(row["options"])
        answer = str(row["answer"])
        return Record(
            id=str(row["id"]),
            question=str(row["question"]),
            answer=ChoiceAnswer(value=answer, choices=options) if options else typed(answer),
            metadata={
                "question": question_and_options(row),
                "gold": answer,
                "question_type": "choice" if options else "free_form",
                "level": int(row["level"]),
                "subject": row["subject"],
                "subject_level": f"{row['subject']}, level {row['level']}",
            },
        )

    def images(self, row: PublishedRow) -> list[Any]:
        return [row.get("decoded_image") or row["image"]]

    def verdict(self, record: Record, answer: str) -> AnswerVerdict | None:
        gold = record.answer
        if gold is None:
            return None
        said = _RATIO.sub(":", _LEADING_NAME.sub("", unwrap(answer))) if answer.strip() else answer
        if gold.type == "list" and is_other_bracket(record.metadata["gold"], said):
            return "wrong"
        found = verdict(gold, said)
        if gold.type == "choice" and found == "unparsed":
            return same_number(gold.choices[LETTERS.index(gold.value)], answer)
        if gold.type == "expression" and found != "right":
            return same_number(gold.value, answer)
        return found
