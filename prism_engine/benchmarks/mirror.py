"""A published benchmark in the miniature world: drawn exercises under its own rules and metrics."""

from __future__ import annotations

from collections.abc import Sequence

from prism_engine.benchmarks.benchmark import Outcome
from prism_engine.benchmarks.published import Published
from prism_engine.contract.events import AnswerVerdict, Estimate
from prism_engine.data.records import DataSet, Record
from prism_engine.data.response import Sections


class Mirror:
    """Scores rows of `data/miniature/suite` as the benchmark that they mirror is scored."""

    def __init__(self, mirrored: Published) -> None:
        self._mirrored = mirrored

    @property
    def scorer(self) -> str:
        return self._mirrored.scorer

    def name(self, data: DataSet) -> str:
        return f"miniature {self._mirrored.title}"

    def question(self, record: Record) -> str:
        return record.question

    def group(self, record: Record) -> str:
        return self._mirrored.group(record)

    def verdict(self, record: Record, answer: str) -> AnswerVerdict | None:
        return self._mirrored.verdict(record, answer)

    def breakdown(self, outcomes: Sequence[Outcome]) -> dict[str, Estimate]:
        return self._mirrored.breakdown(outcomes)

    def faithful(self, record: Record, sections: Sections) -> bool | None:
        return None
