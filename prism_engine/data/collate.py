"""Records into batches."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import torch

from prism_engine.batch import Prompt, PromptBatch, TrainingBatch
from prism_engine.contract.config import Problem
from prism_engine.data.records import DataSet, Record
from prism_engine.errors import InvalidData
from prism_engine.policy.images import Patches
from prism_engine.policy.packing import PackedBatch, fill_rows
from prism_engine.policy.processor import Processor

Demonstration = tuple[Prompt, list[int], list[bool]]
"""What is asked, the ids that follow, and which of them are learned."""

LONGEST_PER_ROW = 2
"""A packed row is as long as so many of the longest demonstration: then rows can be filled evenly,
while attention, which without a kernel for it looks at every pair of places, stays cheap."""

CACHED_BYTES = 2**28
"""Tokens of prompts stay in memory up to so many bytes; further ones are encoded every time."""


class Collator:
    """Encodes the records of one data set for one model, each prompt once where memory allows.

    The images are the reader's to keep.
    """

    def __init__(self, data: DataSet, processor: Processor) -> None:
        self._data = data
        self._processor = processor
        self._prompts: dict[str, Prompt] = {}
        self._responses: dict[str, list[int]] = {}
        self._conversations: dict[str, Demonstration] = {}
        self._bytes_left = CACHED_BYTES

    def prompts(self, records: Sequence[Record]) -> PromptBatch:
        """Questions with their images, padded on the left."""
        return self._processor.pad([self._prompt(record) for record in records])

    def ahead(self, records: Sequence[Record]) -> None:
        """Have the images of records read that will be asked for next."""
        self._processor.reader.ahead(
            [file for record in records for file in self._data.image_files(record)]
        )

    def demonstrations(self, records: Sequence[Record], most_tokens: int) -> TrainingBatch:
        """What the records demonstrate, cut after `most_tokens`, to be imitated.

        Raises:
            InvalidData: a record has neither a response nor messages.
        """
        encoded = [self._demonstration(record) for record in records]
        return self._batch(
            [(prompt, ids[:most_tokens], said[:most_tokens]) for prompt, ids, said in encoded]
        )

    def length(self, record: Record) -> int:
        """About how many tokens the record comes to: exact but for the chat template's own."""
        texts = (
            [turn.content for turn in record.messages]
            if record.messages
            else [record.question, record.response or ""]
        )
        return self._processor.count(texts, self._data.image_sizes(record))

    def _batch(self, demonstrations: Sequence[Demonstration]) -> TrainingBatch:
        ids, mask = self._processor.pad_responses([ids for _, ids, _ in demonstrations])
        learned = torch.zeros_like(mask)
        for row, (_, _, spoken) in enumerate(demonstrations):
            learned[row, : len(spoken)] = torch.tensor(spoken)
        return TrainingBatch(
            prompts=self._processor.pad([prompt for prompt, _, _ in demonstrations]),
            prompt_index=torch.arange(len(demonstrations)),
            response_ids=ids,
            response_mask=mask,
            learned_mask=learned,
            behaviour_logprobs=torch.zeros(ids.shape),
            advantages=torch.ones(ids.shape),
        )

    def _demonstration(self, record: Record) -> Demonstration:
        if record.messages is not None:
            return self._conversation(record)
        if record.response is None:
            message = "there is no demonstration to imitate; give it a response or messages"
            raise InvalidData([Problem(field=f"{record.id}.response", message=message)])
        if record.id not in self._responses:
            self._responses[record.id] = self._processor.encode_response(record.response)
        ids = self._responses[record.id]
        return self._prompt(record), ids, [True] * len(ids)

    def _conversation(self, record: Record) -> Demonstration:
        images = self._images(record)
        if record.id not in self._conversations:
            encoded = self._processor.encode_conversation(record.messages, images)
            if not self._has_room(encoded[0]):
                return encoded
            self._conversations[record.id] = (replace(encoded[0], images=()), *encoded[1:])
        prompt, ids, said = self._conversations[record.id]
        return replace(prompt, images=images), ids, said

    def _prompt(self, record: Record) -> Prompt:
        images = self._images(record)
        if record.id not in self._prompts:
            prompt = self._processor.encode_prompt(record.question, images)
            if not self._has_room(prompt):
                return prompt
            self._prompts[record.id] = replace(prompt, images=())
        return replace(self._prompts[record.id], images=images)

    def _images(self, record: Record) -> tuple[Patches, ...]:
        return tuple(map(self._processor.reader.read, self._data.image_files(record)))

    def _has_room(self, prompt: Prompt) -> bool:
        tokens = (prompt.input_ids, prompt.token_types, prompt.position_ids)
        self._bytes_left -= sum(tensor.nbytes for tensor in tokens)
        return self._bytes_left > 0


class PackingCollator(Collator):
    """Puts demonstrations together into rows."""

    def _batch(self, demonstrations: Sequence[Demonstration]) -> PackedBatch:
        lengths = [len(prompt.input_ids) + len(ids) for prompt, ids, _ in demonstrations]
        rows = fill_rows(lengths, LONGEST_PER_ROW * max(lengths))
        in_rows = [demonstrations[number] for row in rows for number in row]
        return PackedBatch(**vars(super()._batch(in_rows)), packed=tuple(map(len, rows)))
