"""Any registered data set whose rows have typed answers."""

from __future__ import annotations

from collections.abc import Sequence

from prism_engine.benchmarks.benchmark import Outcome
from prism_engine.contract.events import AnswerVerdict, Estimate
from prism_engine.data.records import DataSet, Record
from prism_engine.data.response import Sections
from prism_engine.rewards.answer import SCORER, verdict


class Typed:
    """Answers are compared by their type; what follows from a caption is not known."""

    @property
    def scorer(self) -> str:
        return SCORER

    def name(self, data: DataSet) -> str:
        return data.folder.name

    def question(self, record: Record) -> str:
        return record.messages[0].content if record.messages else record.question

    def group(self, record: Record) -> str:
        return record.id

    def verdict(self, record: Record, answer: str) -> AnswerVerdict | None:
        return None if record.answer is None else verdict(record.answer, answer)

    def breakdown(self, outcomes: Sequence[Outcome]) -> dict[str, Estimate]:
        return {}

    def faithful(self, record: Record, sections: Sections) -> bool | None:
        return None
