"""MMMU (Yue et al., arXiv 2311.16502): questions of thirty subjects about pictures of every kind.

A question and its options name their images: `<image 2>` is the column `image_2`, wherever it
stands and however often. The authors' script draws a letter at random where it reads none, takes
the last of several letters, and finds short answers within longer words and numbers; here each of
these is wrong or unparsed (`rules/`), and `bench/oracle_scorers` shows where the two part.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping
from typing import Any

from prism_engine.benchmarks.files import PublishedRow
from prism_engine.benchmarks.published import Published, Split
from prism_engine.benchmarks.rules.choice import choices_named
from prism_engine.benchmarks.rules.prose import plain
from prism_engine.benchmarks.rules.value import value_verdict
from prism_engine.contract.events import AnswerVerdict
from prism_engine.contract.runs import IMAGE_MARK
from prism_engine.data.answers import LETTERS, Answer, ChoiceAnswer, TextAnswer
from prism_engine.data.records import Record
from prism_engine.rewards.answer.comparison import has_control_characters

DISCIPLINES: Mapping[str, tuple[str, ...]] = {
    "Art and Design": ("Art", "Art_Theory", "Design", "Music"),
    "Business": ("Accounting", "Economics", "Finance", "Manage", "Marketing"),
    "Science": ("Biology", "Chemistry", "Geography", "Math", "Physics"),
    "Health and Medicine": (
        "Basic_Medical_Science", "Clinical_Medicine", "Diagnostics_and_Laboratory_Medicine",
        "Pharmacy", "Public_Health",
    ),
    "Humanities and Social Science": ("History", "Literature", "Sociology", "Psychology"),
    "Tech and Engineering": (
        "Agriculture", "Architecture_and_Engineering", "Computer_Science", "Electronics",
        "Energy_and_Power", "Materials", "Mechanical_Engineering",
    ),
}  # fmt: skip
"""Subjects as the authors group them."""

LONGEST_ANSWER = 100_000
"""Characters; an answer that is longer is not read."""

OF_A_SUBJECT = {subject: name for name, subjects in DISCIPLINES.items() for subject in subjects}
IMAGE = re.compile(r"<image\s+(\d+)>")
BY_LETTER = "Answer with the option's letter from the given choices directly."
SHORTLY = "Answer the question using a single word or phrase."


def options_of(row: PublishedRow) -> list[str]:
    """The options, which the files hold as Python writes a list."""
    options = row["options"]
    options = ast.literal_eval(options) if isinstance(options, str) else list(options)
    # validation_Accounting_29 of MMMU-Pro holds its list within a list.
    return list(options[0]) if len(options) == 1 and isinstance(options[0], list) else options


def golds_of(row: PublishedRow) -> list[str]:
    """The answers each of which is right: several are a list, or as Python writes one."""
    answer = row["answer"]
    if isinstance(answer, str) and answer.startswith("["):
        answer = ast.literal_eval(answer)
    return [answer] if isinstance(answer, str) else [str(each) for each in answer]


def is_choice(row: PublishedRow) -> bool:
    """Whether there are options to choose from; MMMU-Pro has no other kind."""
    return row.get("question_type", "multiple-choice") == "multiple-choice"


def asked(row: PublishedRow) -> str:
    """All that is said before the instruction, image tokens and all, as the authors write it."""
    if not is_choice(row):
        return str(row["question"])
    options = "".join(
        f"({letter}) {option}\n" for letter, option in zip(LETTERS, options_of(row), strict=False)
    )
    return f"{row['question']}\n\n{options}"


def lettered(row: PublishedRow) -> str:
    """The same with `A. …` lines, as in MMMU-Pro and in lmms-eval."""
    if not is_choice(row):
        return str(row["question"])
    pairs = zip(LETTERS, options_of(row), strict=False)
    return "\n".join([str(row["question"]), *(f"{letter}. {option}" for letter, option in pairs)])


def marked(text: str) -> str:
    """The text with a mark where it names an image."""
    return IMAGE.sub(IMAGE_MARK, text)


def published(row: PublishedRow) -> str:
    """The authors' prompt."""
    return marked(f"{asked(row)}\n\n{BY_LETTER if is_choice(row) else SHORTLY}")


def lmms_eval(row: PublishedRow) -> str:
    """The prompt of lmms-eval, under which PRISM's tables were made."""
    return marked(f"{lettered(row)}\n\n{BY_LETTER if is_choice(row) else SHORTLY}")


def plainly(row: PublishedRow) -> str:
    """No instruction, for a policy that has a form of its own."""
    return marked(lettered(row))


def gold(row: PublishedRow) -> Answer | None:
    """The typed gold; None where its authors keep it."""
    if row["answer"] in ("?", "", None):
        return None
    first, *others = golds_of(row)
    if is_choice(row):
        return ChoiceAnswer(value=first, choices=[str(option) for option in options_of(row)])
    return TextAnswer(value=first, aliases=others)


def choice_verdict(answer: ChoiceAnswer, given: str) -> AnswerVerdict:
    """Right is the one letter of the gold, or of an option that says the same."""
    named = choices_named(given, answer.choices)
    if not named:
        return "unparsed"
    texts = dict(zip(LETTERS, map(plain, answer.choices), strict=False))
    right = [letter for letter, text in texts.items() if text == texts[answer.value]]
    return "right" if len(named) == 1 and named[0] in right else "wrong"


SPLITS = {
    "validation": Split(
        files=("*/validation-*.parquet", "**/validation.json"),
        rows=900,
        counts={
            "question_type": {"multiple-choice": 847, "open": 53},
            "subject": dict.fromkeys(OF_A_SUBJECT, 30),
        },
    ),
    "dev": Split(
        files=("*/dev-*.parquet", "**/dev.json"),
        rows=150,
        counts={"subject": dict.fromkeys(OF_A_SUBJECT, 5)},
    ),
}
STYLES = {"published": published, "lmms_eval": lmms_eval, "plain": plainly}


class MMMU(Published):
    """Accuracy over all items, by subject, discipline, type of question and difficulty."""

    key = "mmmu"
    title = "MMMU"
    hub = "MMMU/MMMU"
    licence = "Apache-2.0"
    splits = SPLITS
    styles = STYLES
    dimensions = ("discipline", "subject", "question_type", "topic_difficulty")

    def record(self, row: PublishedRow) -> Record:
        subject = "_".join(str(row["id"]).split("_")[1:-1])
        return Record(
            id=str(row["id"]),
            question=str(row["question"]),
            answer=gold(row),
            metadata={
                "question": lettered(row),
                "gold": golds_of(row),
                "subject": subject,
                "discipline": OF_A_SUBJECT.get(subject),
                "question_type": "multiple-choice" if is_choice(row) else "open",
                "topic_difficulty": row.get("topic_difficulty"),
                "subfield": row.get("subfield"),
            },
        )

    def images(self, row: PublishedRow) -> list[Any]:
        """Column `image_k` for every `<image k>`, in the order in which these stand."""
        return [row[f"image_{number}"] for number in IMAGE.findall(lettered(row))]

    def verdict(self, record: Record, answer: str) -> AnswerVerdict | None:
        if record.answer is None:
            return None
        if len(answer) > LONGEST_ANSWER or has_control_characters(answer):
            return "unparsed"
        if isinstance(record.answer, ChoiceAnswer):
            return choice_verdict(record.answer, answer)
        return value_verdict(record.metadata["gold"], answer)
