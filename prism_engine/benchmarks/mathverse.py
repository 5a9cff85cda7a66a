"""MathVerse (Zhang et al., arXiv 2403.14624): each problem in versions from text into picture.

Its authors let a model extract an answer and a model match it with the gold. The rules here are
typed: a letter or its text for a choice, numbers and quantities with their units, mathematics.
Their golds are written by hand, with names before and units behind them, and are read as such.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from prism_engine.benchmarks.benchmark import Outcome
from prism_engine.benchmarks.breakdown import accuracy_by_group, by
from prism_engine.benchmarks.files import PublishedRow
from prism_engine.benchmarks.published import Published, Split, is_other_bracket
from prism_engine.contract.events import AnswerVerdict, Estimate
from prism_engine.data.answers import (
    LETTERS,
    Answer,
    ChoiceAnswer,
    DecimalAnswer,
    QuantityAnswer,
    TextAnswer,
)
from prism_engine.data.gold import type_gold
from prism_engine.data.records import Record
from prism_engine.data.spelling.unit import unit
from prism_engine.data.spelling.wrapping import unwrap
from prism_engine.rewards.answer import verdict

VERSIONS = ("Text Dominant", "Text Lite", "Vision Intensive", "Vision Dominant", "Vision Only")

_CHOICE_LINE = re.compile(r"^\s*([A-Z])\s*[:.、]\s*(.*?)\s*$", re.MULTILINE)
_LETTER = re.compile(r"\(?([A-Z])\)?")
_NAMED = re.compile(r"(?P<name>(?:[A-Za-z][\w. ]*?)?)\s*=\s*(?P<value>[^=<>]+)")
_VALUE_FIRST = re.compile(r"(?P<value>-?[\d.]+)\s*=\s*(?P<name>[A-Za-z])")
_UNIT = re.compile(
    r"(?P<value>.*\S)\s*(?P<unit>\\(?:mathrm|text|rm)\s*\{[^{}]*\}(?:\^\{?\d\}?)?"
    r"|(?<![A-Za-z])(?:square |cubic )?units?(?:\s*\^\s*\{?\d\}?)?)",
    re.DOTALL,
)
_NUMERIC = ("integer", "decimal", "quantity", "expression")


def without_reasoning(row: PublishedRow) -> str:
    """The authors' prompt for an answer alone, by which they rank."""
    return str(row["query_wo"])


def with_reasoning(row: PublishedRow) -> str:
    """The authors' prompt for reasoning before the answer."""
    return str(row["query_cot"])


def choices(question: str) -> list[str]:
    """The texts of the choices that a question lists; none where letters are left out."""
    _, _, listed = question.partition("Choices:")
    found = _CHOICE_LINE.findall(listed)
    in_order = [letter for letter, _ in found] == list(LETTERS[: len(found)])
    return [text for _, text in found] if in_order else []


def gold_of(answer: str, question_type: str, question: str) -> Answer | None:
    """The typed gold."""
    if question_type == "multi-choice":
        texts, letter = choices(question), _LETTER.fullmatch(answer.strip())
        if letter and LETTERS.index(letter[1]) < (len(texts) or len(LETTERS)):
            return ChoiceAnswer(value=letter[1], choices=texts)
        return type_gold(answer, texts) or TextAnswer(value=answer)
    return free_form(answer)


def free_form(answer: str) -> Answer | None:
    """A gold without its name, with as many decimal places as it shows."""
    text = value_of(unwrap(answer.replace("$", "")))
    measured = _UNIT.fullmatch(text)
    number = type_gold(measured["value"]) if measured else type_gold(text)
    if number is None:
        return None
    if measured and number.type in ("integer", "decimal"):
        return _quantity(measured["value"].strip(), measured["unit"].strip()) or number
    if number.type == "decimal":
        return DecimalAnswer(value=number.value, precision=_places(number.value))
    if number.type == "quantity":
        return _quantity(number.value, number.unit) or number
    return number


def value_of(text: str) -> str:
    """`8` of `x = 8`, `Area = 8` and `8 = x`; an equation in x is all of it."""
    found = _NAMED.fullmatch(text) or _VALUE_FIRST.fullmatch(text)
    if found is None or "(" in found["name"]:
        return text
    value = found["value"].strip()
    typed = type_gold(_UNIT.sub(r"\g<value>", value))
    is_value = typed is not None and typed.type in ("integer", "decimal", "quantity")
    return value if is_value or len(found["name"]) > 1 else text


def without_unit(answer: str, gold: str) -> str:
    """The answer without a unit that is the gold's; the word alone says nothing."""
    said, meant = _UNIT.fullmatch(answer), _UNIT.fullmatch(unwrap(gold))
    if said is None:
        return answer
    if meant is None:
        return said["value"] if "unit" in said["unit"] else answer
    return said["value"] if unit(said["unit"]) == unit(meant["unit"]) else answer


def _quantity(value: str, named: str) -> QuantityAnswer | None:
    """A number whose unit the question names; None where that is no unit."""
    if unit(named) is None:
        return None
    return QuantityAnswer(
        value=value, unit=named, precision=_places(value) or None, unit_required=False
    )


def _places(value: str) -> int:
    return len(value.partition(".")[2].rstrip())


SPLITS = {
    "testmini": Split(
        files=("**/testmini.parquet", "**/testmini-*.parquet", "**/testmini.json"),
        rows=3940,
        counts={"version": dict.fromkeys(VERSIONS, 788)},
        distinct={"problem": 788},
    ),
    "testmini_text_only": Split(
        files=("**/testmini_text_only*.parquet", "**/testmini_text_only.json"),
        rows=788,
        distinct={"problem": 788},
    ),
}
STYLES = {"published": without_reasoning, "reasoning": with_reasoning}


class MathVerse(Published):
    """Accuracy over all five versions, and by version and subject; versions of one problem
    depend on each other."""

    key = "mathverse"
    title = "MathVerse"
    hub = "AI4Math/MathVerse"
    licence = "MIT"
    splits = SPLITS
    styles = STYLES
    dimensions = ("version", "subject", "subfield")
    grouped_by = "problem"

    def record(self, row: PublishedRow) -> Record:
        question = str(row.get("question_for_eval") or row["question"])
        said = row["metadata"]
        return Record(
            id=str(row["sample_index"]),
            question=question,
            answer=gold_of(str(row["answer"]), row["question_type"], question),
            metadata={
                "question": question,
                "gold": row["answer"],
                "question_type": row["question_type"],
                "problem": str(row["problem_index"]),
                "version": row["problem_version"],
                "subject": said["subject"],
                "subfield": f"{said['subject']}: {said['subfield']}",
            },
        )

    def images(self, row: PublishedRow) -> list[Any]:
        return [row["image"]] if row["image"] else []

    def verdict(self, record: Record, answer: str) -> AnswerVerdict | None:
        gold = record.answer
        if gold is None:
            return None
        plain, written = answer.replace("$", ""), record.metadata["gold"].replace("$", "")
        if "".join(plain.split()) == "".join(written.split()):
            return "right"
        if gold.type == "list" and is_other_bracket(written, answer):
            return "wrong"
        found = verdict(gold, answer)
        if found == "right" or gold.type not in _NUMERIC or not plain.strip():
            return found
        return verdict(gold, without_unit(value_of(unwrap(plain)), written))

    def breakdown(self, outcomes: Sequence[Outcome]) -> dict[str, Estimate]:
        return {
            "score": accuracy_by_group(outcomes, "problem"),
            **by(outcomes, *self.dimensions),
        }
