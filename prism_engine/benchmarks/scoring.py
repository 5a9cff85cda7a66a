"""The modes in which responses are scored. The benchmark has the rules; a mode says what they read.

    strict        the answer section of a well-formed response; the rules alone
    judge         the same, and a judge on the answers that the rules do not accept
    paper_compat  the first <answer> wherever it stands, else all of the text; a judge, if there is
                  one, on the whole response, as in PRISM's released evaluation

In every mode a judge can only raise a score, and what it said is kept apart from the rules'.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from prism_engine.benchmarks.benchmark import Benchmark
from prism_engine.benchmarks.judge import Case, Judge
from prism_engine.contract.events import AnswerVerdict, JudgeVerdict
from prism_engine.data.answers import written
from prism_engine.data.records import Record
from prism_engine.data.response import Sections

_ANSWER = re.compile(r"<answer>(?P<inside>.*?)</answer>", re.DOTALL)


@dataclass(frozen=True)
class Reply:
    """What was said to one record. `sections` is None where the form is broken."""

    record: Record
    text: str
    sections: Sections | None


@dataclass(frozen=True)
class Score:
    """What a reply is worth, and to whom."""

    answer: str | None  # what the rules read
    verdict: AnswerVerdict | None  # None without a gold answer, or with nothing to read
    judged: JudgeVerdict | None = None  # None where no judge was asked

    @property
    def right(self) -> bool:
        """Whether the rules or the judge accept it."""
        return "right" in (self.verdict, self.judged)


class Scoring(Protocol):
    """One mode of scoring."""

    def scores(self, benchmark: Benchmark, replies: Sequence[Reply]) -> list[Score]:
        """The scores of replies, in their order."""


class Strict:
    """The rules, on the answers of well-formed responses."""

    def scores(self, benchmark: Benchmark, replies: Sequence[Reply]) -> list[Score]:
        return [_by_rules(benchmark, reply, _answer_section(reply)) for reply in replies]


class Judged:
    """The rules, then a judge that sees the answer alone, so that a hedge is no answer."""

    def __init__(self, judge: Judge) -> None:
        self._judge = judge

    def scores(self, benchmark: Benchmark, replies: Sequence[Reply]) -> list[Score]:
        found = Strict().scores(benchmark, replies)
        return _raised(self._judge, benchmark, replies, found, lambda reply, score: score.answer)


class PaperCompat:
    """As PRISM's released evaluation reads responses; form does not matter to it."""

    def __init__(self, judge: Judge | None = None) -> None:
        self._judge = judge

    def scores(self, benchmark: Benchmark, replies: Sequence[Reply]) -> list[Score]:
        found = [_by_rules(benchmark, reply, first_answer(reply.text)) for reply in replies]
        if self._judge is None:
            return found
        return _raised(self._judge, benchmark, replies, found, lambda reply, score: reply.text)


def first_answer(text: str) -> str:
    """What is inside the first answer tags, else the whole text."""
    found = _ANSWER.search(text)
    return found["inside"].strip() if found else text


def _answer_section(reply: Reply) -> str | None:
    return reply.sections.answer if reply.sections else None


def _by_rules(benchmark: Benchmark, reply: Reply, answer: str | None) -> Score:
    return Score(answer, None if answer is None else benchmark.verdict(reply.record, answer))


def _raised(
    judge: Judge,
    benchmark: Benchmark,
    replies: Sequence[Reply],
    scores: Sequence[Score],
    said: Callable[[Reply, Score], str | None],
) -> list[Score]:
    """The scores with a judge's verdict beside those that the rules do not accept."""
    asked, cases = [], []
    for place, (reply, score) in enumerate(zip(replies, scores, strict=True)):
        text, gold = said(reply, score), reply.record.answer
        if text is not None and gold is not None and not score.right:
            asked.append(place)
            cases.append(Case(benchmark.question(reply.record), written(gold), text))
    found = list(scores)
    for place, judged in zip(asked, judge.verdicts(cases), strict=True):
        found[place] = replace(found[place], judged=judged)
    return found
