"""Whether an answer is right, by the type of its gold. A verdict, never an exception.

`comparison` has a function for every type of `data.answers`; to add a type, declare it there and
add its function to `COMPARISONS`. `mathematics` is for what only computer algebra can tell;
`calculator` does that in processes that can be killed.
"""

from __future__ import annotations

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor

from prism_engine.contract.events import AnswerVerdict
from prism_engine.data.answers import Answer
from prism_engine.data.records import Record
from prism_engine.data.response import Sections
from prism_engine.rewards.answer.comparison import COMPARISONS, has_control_characters
from prism_engine.rewards.answer.mathematics import MOST_CALCULATORS

SCORER = "answer_v1"
"""Verdicts are comparable only under the same rules."""

LONGEST_ANSWER = 1024
"""An answer of more characters is an attempt to name everything, and is not read."""


def answer_reward(record: Record, sections: Sections | None) -> float:
    """1 for the right answer in a well-formed response, otherwise 0."""
    return float(answer_verdict(record, sections) == "right")


def answer_verdict(record: Record, sections: Sections | None) -> AnswerVerdict | None:
    """The verdict on a response's answer; None without a gold answer or without the form."""
    if record.answer is None or sections is None:
        return None
    return verdict(record.answer, sections.answer)


def verify_ahead(said: Iterable[tuple[Record, Sections | None]]) -> None:
    """Compare expressions side by side, so that each verdict is known when it is asked for."""
    expressions = [
        (record.answer, sections.answer)
        for record, sections in said
        if sections is not None and record.answer is not None and record.answer.type == "expression"
    ]
    if expressions:
        with ThreadPoolExecutor(MOST_CALCULATORS) as threads:
            list(threads.map(verdict, *zip(*expressions, strict=True)))


def verdict(gold: Answer, given: str) -> AnswerVerdict:
    """Compare what was given with the gold answer.

    Returns:
        `unparsed` if it is not of the gold's type, `timeout` if computing took too long.
    """
    if len(given) > LONGEST_ANSWER or not given.strip() or has_control_characters(given):
        return "unparsed"
    return COMPARISONS[gold.type](gold, given)
