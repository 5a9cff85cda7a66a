"""Evaluation: greedy and sampled responses to held-out items, graded and summed up."""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from pathlib import Path

import torch

from prism_engine.batch import PromptBatch
from prism_engine.benchmarks.benchmark import Benchmark, Grade, grade
from prism_engine.benchmarks.evaluate import GradedItem, majority, scores, supervision_scores
from prism_engine.contract.config import Evaluate as EvaluateSettings
from prism_engine.contract.config import Problem
from prism_engine.contract.events import (
    BenchmarkScored,
    EventLog,
    Finished,
    Response,
    SamplesDrawn,
    Started,
)
from prism_engine.data.collate import Collator
from prism_engine.data.records import DataSet, Record
from prism_engine.data.response import parse_response
from prism_engine.errors import InvalidData
from prism_engine.interruption import Interruption
from prism_engine.policy.processor import Processor
from prism_engine.policy.sampler.sampler import Sampler
from prism_engine.randomness import Randomness
from prism_engine.stages.samples import SHOWN_PROMPTS, SHOWN_ROLLOUTS, Gallery, shown_response
from prism_engine.versions import versions


class Evaluate:
    """Goes through the items once, a batch a step.

    Args:
        settings: the run's.
        arm: row of the results table.
        data: the items; those beyond `settings.items` are left out.
        benchmark: how responses are graded.
        processor: of the policy.
        sampler: draws from the policy.
        randomness: of the run.
        gallery: keeps what is shown.
        events: where everything that happens is written.
        interruption: says when to stop.
    """

    def __init__(
        self,
        settings: EvaluateSettings,
        arm: str,
        data: DataSet,
        benchmark: Benchmark,
        processor: Processor,
        sampler: Sampler,
        randomness: Randomness,
        gallery: Gallery,
        events: EventLog,
        interruption: Interruption,
    ) -> None:
        self._settings = settings
        self._arm = arm
        self._records = data.records[: settings.items]
        self._name = benchmark.name(data.folder.name)
        self._benchmark = benchmark
        self._collator = Collator(data, processor)
        self._processor = processor
        self._sampler = sampler
        self._randomness = randomness
        self._gallery = gallery
        self._events = events
        self._interruption = interruption

    def resume(self, checkpoint: Path) -> None:
        """Refuse: an evaluation is short and keeps no checkpoints."""
        message = "an evaluation keeps no checkpoints; start it again without one"
        raise InvalidData([Problem(field="--resume", message=message)])

    def run(self) -> bool:
        """Score the policy; returns whether that was cut short by a request to stop."""
        batches = math.ceil(len(self._records) / self._settings.batch_size)
        self._events.write(
            Started, kind="evaluate", steps=batches, first_step=1, versions=versions()
        )
        graded: list[GradedItem] = []
        for step in range(1, batches + 1):
            graded += self._take_step(step)
            if self._interruption.requested:
                self._events.write(Finished, step=step, stopped=True)
                return True
        self._report(batches, graded)
        self._events.write(Finished, step=batches)
        return False

    def _take_step(self, step: int) -> list[GradedItem]:
        began = time.perf_counter()
        size = self._settings.batch_size
        records = self._records[(step - 1) * size : step * size]
        prompts = self._collator.prompts(records)
        greedy = self._draw(records, prompts, 1, step, temperature=0.0)
        sampled: Sequence[Sequence[Response]] = [()] * len(records)
        if self._settings.samples_per_item:
            sampled = self._draw(
                records,
                prompts,
                self._settings.samples_per_item,
                step,
                temperature=self._settings.sampling.temperature,
            )
        graded = [
            GradedItem(
                record, self._grade(record, first), tuple(self._grade(record, r) for r in rest)
            )
            for record, (first,), rest in zip(records, greedy, sampled, strict=True)
        ]
        self._finish_step(step, graded, time.perf_counter() - began)
        if step == 1:
            self._show(step, records, greedy, sampled)
        return graded

    def _draw(
        self,
        records: Sequence[Record],
        prompts: PromptBatch,
        count: int,
        step: int,
        *,
        temperature: float,
    ) -> list[list[Response]]:
        """`count` responses to each record."""
        rollouts = self._sampler.sample(
            prompts,
            count,
            temperature=temperature,
            max_new_tokens=self._settings.sampling.max_new_tokens,
            generator=self._randomness.generator("evaluation", step),
        ).to(torch.device("cpu"))
        texts = [
            self._processor.decode(ids[mask].tolist())
            for ids, mask in zip(rollouts.ids, rollouts.mask, strict=True)
        ]
        lengths, finished = rollouts.mask.sum(1).tolist(), rollouts.finished.tolist()
        return [
            [
                shown_response(record, texts[row], lengths[row], finished=finished[row])
                for row in range(number * count, (number + 1) * count)
            ]
            for number, record in enumerate(records)
        ]

    def _grade(self, record: Record, response: Response) -> Grade:
        sections = parse_response(response.text) if response.valid else None
        return grade(self._benchmark, record, sections)

    def _finish_step(self, step: int, graded: Sequence[GradedItem], seconds: float) -> None:
        self._events.step_finished(
            step,
            {
                "accuracy_greedy": sum(item.greedy.correct for item in graded) / len(graded),
                "step_seconds": seconds,
            },
        )

    def _show(
        self,
        step: int,
        records: Sequence[Record],
        greedy: Sequence[Sequence[Response]],
        sampled: Sequence[Sequence[Response]],
    ) -> None:
        samples = [
            self._gallery.sample(record, [*greedy[number], *sampled[number]][:SHOWN_ROLLOUTS])
            for number, record in enumerate(records[:SHOWN_PROMPTS])
        ]
        self._events.write(SamplesDrawn, step=step, samples=samples)

    def _report(self, step: int, graded: Sequence[GradedItem]) -> None:
        self._events.write(
            BenchmarkScored,
            step=step,
            benchmark=self._name,
            arm=self._arm,
            scores=scores(graded),
            supervision=supervision_scores(self._benchmark, self._records),
            majority=majority(self._records),
        )
