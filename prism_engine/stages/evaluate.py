"""Evaluation: greedy and sampled responses to held-out items, graded and summed up."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from torch import Tensor

from prism_engine.benchmarks.benchmark import Benchmark, Grade, Outcome, structure_of
from prism_engine.benchmarks.evaluate import GradedItem, majority, scores, supervision_scores
from prism_engine.benchmarks.grades import (
    grades_from_tensor,
    grades_to_tensor,
    texts_from_tensor,
    texts_to_tensor,
)
from prism_engine.benchmarks.responses import ResponseLog, ResponseRow, prompt_hash, rows_of
from prism_engine.benchmarks.scoring import Reply, Scoring
from prism_engine.contract.config import Evaluate as EvaluateSettings
from prism_engine.contract.events import (
    BenchmarkScored,
    EventLog,
    ItemsJudged,
    Response,
    Sample,
)
from prism_engine.data.records import DataSet, Record
from prism_engine.data.response import parse_response
from prism_engine.stages.respondents import Respondent
from prism_engine.stages.samples import SHOWN_PROMPTS, SHOWN_ROLLOUTS, Gallery
from prism_engine.stages.stage import Stage


@dataclass(frozen=True)
class GradedBatch:
    """A step's items and what the policy said to them."""

    graded: tuple[GradedItem, ...]
    responses: tuple[tuple[Response, ...], ...]  # of each item, the greedy one first


def numbered(names: Sequence[str]) -> list[int]:
    """A number for every name, the same for the same one, in the order in which they come."""
    numbers = {name: number for number, name in enumerate(dict.fromkeys(names))}
    return [numbers[name] for name in names]


class Evaluate(Stage[GradedBatch]):
    """Goes through the items once, a batch a step; nothing learns.

    Args:
        settings: the run's.
        arm: row of the results table.
        data: the items; those beyond `settings.items` are left out.
        benchmark: how responses are graded.
        scoring: what of a response the benchmark's rules read, and whether a judge is asked.
        respondent: responds to the items.
        seed: of the run.
        gallery: keeps what is shown.
        events: where the scores are written.
        log: keeps every response.
    """

    def __init__(
        self,
        settings: EvaluateSettings,
        arm: str,
        data: DataSet,
        benchmark: Benchmark,
        scoring: Scoring,
        respondent: Respondent,
        seed: int,
        gallery: Gallery,
        events: EventLog,
        log: ResponseLog,
    ) -> None:
        self._settings = settings
        self._arm = arm
        self._records = data.records[: settings.items]
        self._folder = data.folder
        self._name = benchmark.name(data)
        self._benchmark = benchmark
        self._scoring = scoring
        self._respondent = respondent
        self._seed = seed
        self._gallery = gallery
        self._events = events
        self._log = log
        self._graded: list[GradedItem] = []
        self._answers: list[str | None] = []

    @property
    def steps(self) -> int:
        """How many batches there are."""
        return math.ceil(len(self._records) / self._settings.batch_size)

    def collect(self, step: int) -> GradedBatch:
        size = self._settings.batch_size
        records = self._records[(step - 1) * size : step * size]
        greedy = self._draw(records, 1, step, temperature=0.0)
        sampled: Sequence[Sequence[Response]] = [()] * len(records)
        if self._settings.samples_per_item:
            sampled = self._draw(
                records,
                self._settings.samples_per_item,
                step,
                temperature=self._settings.sampling.temperature,
            )
        return GradedBatch(
            graded=tuple(
                GradedItem(
                    record, self._grade(record, first), tuple(self._grade(record, r) for r in rest)
                )
                for record, (first,), rest in zip(records, greedy, sampled, strict=True)
            ),
            responses=tuple((first, *rest) for (first,), rest in zip(greedy, sampled, strict=True)),
        )

    def reflect(self, batch: GradedBatch) -> dict[str, float]:
        self._graded += batch.graded
        self._answers += [greedy.answer for greedy, *_ in batch.responses]
        self._log.write(self._rows(batch))
        right = sum(item.greedy.correct for item in batch.graded)
        return {"accuracy_greedy": right / len(batch.graded)}

    def show(self, batch: GradedBatch, step: int) -> list[Sample]:
        return [
            self._gallery.sample(item.record, responses[:SHOWN_ROLLOUTS])
            for item, responses in zip(
                batch.graded[:SHOWN_PROMPTS], batch.responses[:SHOWN_PROMPTS], strict=True
            )
        ]

    def conclude(self, step: int) -> None:
        """Sum the grades of all items up."""
        outcomes = [
            Outcome(item.record, item.greedy.correct, answer)
            for item, answer in zip(self._graded, self._answers, strict=True)
        ]
        self._events.write(
            BenchmarkScored,
            step=step,
            benchmark=self._name,
            arm=self._arm,
            scores=scores(self._graded) | self._benchmark.breakdown(outcomes),
            supervision=supervision_scores(self._benchmark, self._records),
            majority=majority(self._records),
        )
        self._events.write(
            ItemsJudged,
            step=step,
            benchmark=self._name,
            arm=self._arm,
            asked=self._asked(),
            groups=numbered([self._benchmark.group(record) for record in self._records]),
            right=[int(item.greedy.correct) for item in self._graded],
        )

    def _asked(self) -> str:
        """The same for evaluations that asked the same and judged alike."""
        prompts = [[record.id, prompt_hash(record, self._folder)] for record in self._records]
        content = [prompts, self._benchmark.scorer, self._settings.scoring]
        return hashlib.sha256(json.dumps(content).encode()).hexdigest()

    def state(self) -> dict[str, Tensor]:
        """The grades so far, and the greedy answers that were read."""
        return {
            "grades": grades_to_tensor(self._graded, self._settings.samples_per_item),
            "answers": texts_to_tensor(self._answers),
        }

    def load_state(self, state: Mapping[str, Tensor]) -> None:
        self._graded = grades_from_tensor(state["grades"], self._records)
        self._answers = texts_from_tensor(state["answers"])

    def _rows(self, batch: GradedBatch) -> Iterator[ResponseRow]:
        for item, responses in zip(batch.graded, batch.responses, strict=True):
            yield from rows_of(
                item.record,
                responses,
                benchmark=self._name,
                scorer=self._benchmark.scorer,
                scoring=self._settings.scoring,
                prompt=prompt_hash(item.record, self._folder),
                temperature=self._settings.sampling.temperature,
                seed=self._seed,
            )

    def _draw(
        self, records: Sequence[Record], count: int, step: int, *, temperature: float
    ) -> list[list[Response]]:
        """`count` responses to each record, scored."""
        said = self._respondent.respond(records, count, step, temperature)
        asked = [record for record in records for _ in range(count)]
        scored = self._scored(asked, [response for group in said for response in group])
        return [scored[place : place + count] for place in range(0, len(scored), count)]

    def _scored(self, records: Sequence[Record], said: Sequence[Response]) -> list[Response]:
        """Responses with what the benchmark's rules, and a judge, say of them."""
        replies = [
            Reply(record, response.text, parse_response(response.text) if response.valid else None)
            for record, response in zip(records, said, strict=True)
        ]
        return [
            response.model_copy(
                update={
                    "answer": score.answer,
                    "correct": None if reply.record.answer is None else score.right,
                    "verdict": score.verdict,
                    "judged": score.judged,
                }
            )
            for reply, response, score in zip(
                replies, said, self._scoring.scores(self._benchmark, replies), strict=True
            )
        ]

    def _grade(self, record: Record, response: Response) -> Grade:
        sections = parse_response(response.text) if response.valid else None
        structure = sections and structure_of(self._benchmark, record, sections)
        return Grade(bool(response.correct), structure, response.tokens)
