"""MathVista (Lu et al., arXiv 2310.02255): mathematics in pictures of every kind.

Its golds are typed as its authors type them: a choice by its text, an integer, a number rounded to
so many places, a list. Their script normalises what was extracted and compares strings; here
values are compared, so that 3.9 is not the integer 3 and an empty answer is no choice.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from prism_engine.benchmarks.files import PublishedRow
from prism_engine.benchmarks.published import Published, Split
from prism_engine.data.answers import (
    LETTERS,
    Answer,
    ChoiceAnswer,
    DecimalAnswer,
    IntegerAnswer,
    ListAnswer,
    QuantityAnswer,
)
from prism_engine.data.records import Record

DIMENSIONS = (
    "task", "category", "source", "context", "grade", "language", "skills", "question_type",
    "answer_type",
)  # fmt: skip


def query(row: PublishedRow) -> str:
    """The authors' prompt, which their files hold: a hint about the form, question, choices."""
    return str(row["query"])


def question_and_choices(row: PublishedRow) -> str:
    """No hint, for a policy that has a form of its own."""
    unit = f" (Unit: {row['unit']})" if row["unit"] else ""
    choices = [f"({LETTERS[n]}) {choice}" for n, choice in enumerate(row["choices"] or [])]
    return "\n".join([f"{row['question']}{unit}", *(["Choices:", *choices] if choices else [])])


def gold(row: PublishedRow) -> Answer | None:
    """The typed gold; None in the split whose answers its authors keep."""
    answer, kind = row["answer"], row["answer_type"]
    if not answer:
        return None
    if row["question_type"] == "multi_choice":
        choices = list(row["choices"])
        return ChoiceAnswer(value=LETTERS[choices.index(answer)], choices=choices)
    if kind == "list":
        return ListAnswer(value=[str(value) for value in json.loads(answer)])
    places = int(row["precision"]) if kind == "float" else None
    if row["unit"]:
        return QuantityAnswer(value=answer, unit=row["unit"], precision=places, unit_required=False)
    if kind == "integer":
        return IntegerAnswer(value=int(answer))
    return DecimalAnswer(value=answer, precision=places)


SPLITS = {
    "testmini": Split(
        files=("data/testmini-*.parquet", "testmini*.parquet", "**/testmini.json"),
        rows=1000,
        counts={
            "question_type": {"multi_choice": 540, "free_form": 460},
            "answer_type": {"text": 540, "integer": 418, "float": 40, "list": 2},
            "task": {
                "figure question answering": 269,
                "geometry problem solving": 208,
                "math word problem": 186,
                "visual question answering": 179,
                "textbook question answering": 158,
            },
        },
    ),
    "test": Split(files=("data/test-*.parquet", "test-*.parquet", "**/test.json"), rows=5141),
}
STYLES = {"published": query, "plain": question_and_choices}


class MathVista(Published):
    """Accuracy over all items and by all that its authors say of an item."""

    key = "mathvista"
    title = "MathVista"
    hub = "AI4Math/MathVista"
    licence = "CC BY-SA 4.0, and not to be trained on"
    splits = SPLITS
    styles = STYLES
    dimensions = DIMENSIONS

    def record(self, row: PublishedRow) -> Record:
        said: Mapping[str, Any] = row["metadata"]
        return Record(
            id=str(row["pid"]),
            question=str(row["question"]),
            answer=gold(row),
            metadata={
                "question": row["question"],
                "gold": row["answer"],
                "question_type": row["question_type"],
                "answer_type": row["answer_type"],
                **{name: said[name] for name in DIMENSIONS if name in said},
            },
        )

    def images(self, row: PublishedRow) -> list[Any]:
        return [row.get("decoded_image") or row["image"]]
