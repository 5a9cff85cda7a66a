"""Supervised fine-tuning: imitate demonstrations."""

from __future__ import annotations

import torch

from prism_engine.batch import TrainingBatch
from prism_engine.contract.config import Sft as SftSettings
from prism_engine.contract.events import Sample
from prism_engine.data.collate import Collator
from prism_engine.data.order import Order
from prism_engine.data.records import DataSet, Record
from prism_engine.policy.processor import Processor
from prism_engine.policy.sampler.sampler import Sampler
from prism_engine.stages.samples import SHOWN_PROMPTS, Gallery, shown_response
from prism_engine.stages.stage import Stage


class Sft(Stage[TrainingBatch]):
    """Go through the demonstrations in a given order."""

    def __init__(
        self,
        settings: SftSettings,
        data: DataSet,
        order: Order,
        collator: Collator,
        processor: Processor,
        sampler: Sampler,
        gallery: Gallery,
    ) -> None:
        self._settings = settings
        self._data = data
        self._order = order
        self._collator = collator
        self._processor = processor
        self._sampler = sampler
        self._gallery = gallery

    def collect(self, step: int) -> TrainingBatch:
        size = self._settings.batch_size
        batch = self._collator.demonstrations(self._records(step, size), self._settings.max_tokens)
        if step < self._settings.steps:
            self._collator.ahead(self._records(step + 1, size))
        return batch

    def reflect(self, batch: TrainingBatch) -> dict[str, float]:
        """Demonstrations are not judged, and nothing else learns."""
        return {}

    def show(self, batch: TrainingBatch, step: int) -> list[Sample]:
        """What the policy answers by now to a few of the batch's questions."""
        records = self._records(step, min(SHOWN_PROMPTS, self._settings.batch_size))
        rollouts = self._sampler.sample(
            self._collator.prompts(records),
            1,
            temperature=0.0,
            max_new_tokens=batch.response_ids.shape[1],
            generator=torch.Generator(),
        ).to(torch.device("cpu"))
        return [
            self._gallery.sample(
                record,
                [
                    shown_response(
                        record,
                        self._processor.decode(rollouts.ids[row][rollouts.mask[row]].tolist()),
                        int(rollouts.mask[row].sum()),
                        finished=bool(rollouts.finished[row]),
                    )
                ],
            )
            for row, record in enumerate(records)
        ]

    def _records(self, step: int, count: int) -> list[Record]:
        first = (step - 1) * self._settings.batch_size
        items = [self._order.item(position) for position in range(first, first + count)]
        return [self._data.records[item] for item in items]
