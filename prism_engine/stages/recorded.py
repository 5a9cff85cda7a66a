"""Rollouts that somebody drew earlier, read from the data set's rows in place of a policy."""

from __future__ import annotations

from collections.abc import Sequence

import torch

from prism_engine.batch import PromptBatch, Rollouts
from prism_engine.contract.config import GroupedRun, Problem
from prism_engine.data.records import MOST_PROBLEMS, DataSet, Record
from prism_engine.errors import InvalidData
from prism_engine.policy.processor import Processor
from prism_engine.randomness import Randomness
from prism_engine.stages.rollouts import Collector


class RecordedCollector(Collector):
    """Takes the first responses of every row as the group that was drawn for it.

    They go through the tokenizer, the cut at the longest length and the parser as drawn ones do.

    Raises:
        InvalidData: rows hold fewer responses than a group has.
    """

    def __init__(
        self, settings: GroupedRun, data: DataSet, processor: Processor, randomness: Randomness
    ) -> None:
        _refuse_rows_without_rollouts(data.records, settings.rollouts_per_prompt)
        super().__init__(settings, data, processor, randomness)

    def _rollouts(
        self, records: Sequence[Record], prompts: PromptBatch, generator: torch.Generator
    ) -> Rollouts:
        group, longest = self._settings.rollouts_per_prompt, self._settings.sampling.max_new_tokens
        written = [
            self._processor.encode_response(text)
            for record in records
            for text in record.rollouts[:group]
        ]
        ids, mask = self._processor.pad_responses([response[:longest] for response in written])
        return Rollouts(
            ids=ids,
            mask=mask,
            logprobs=torch.zeros(ids.shape),
            finished=torch.tensor([len(response) <= longest for response in written]),
        )


def _refuse_rows_without_rollouts(records: Sequence[Record], group: int) -> None:
    problems = [
        Problem(
            field=f"{record.id}.rollouts",
            message=f"the row holds {len(record.rollouts)} recorded rollouts and a group has "
            f"{group}; record more, lower rollouts_per_prompt, or have them drawn",
        )
        for record in records
        if len(record.rollouts) < group
    ]
    if problems:
        raise InvalidData(problems[:MOST_PROBLEMS])
