"""What stages, samplers and learners hand to each other: frozen dataclasses of tensors.

Letters in shapes: P prompts, G rollouts per prompt, B = P·G rows, T prompt tokens, R response
tokens, N tokens that are learned from. Prompts are padded on the left and responses on the right,
so that a response always continues at the last column of its prompt.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, fields, replace
from itertools import pairwise
from typing import Self

import torch
from torch import Tensor
from torch.nn.functional import pad

from prism_engine.data.records import Record
from prism_engine.data.response import Sections
from prism_engine.policy.alike import alike
from prism_engine.policy.images import Patches


class OnDevice:
    """Base of dataclasses whose tensors can be moved together."""

    def to(self, device: torch.device) -> Self:
        moved = {
            field.name: value.to(device)
            for field in fields(self)
            if isinstance(value := getattr(self, field.name), Tensor | OnDevice)
        }
        return replace(self, **moved)


@dataclass(frozen=True)
class Prompt:
    """One prompt as the model reads it, image placeholders expanded."""

    input_ids: Tensor  # (T,) int64
    token_types: Tensor  # (T,) int64; 1 where an image feature goes, 0 for text
    position_ids: Tensor  # (3, T) int64; temporal, height, width
    images: tuple[Patches, ...]

    @property
    def grid_thw(self) -> Tensor:
        """(images, 3) int64; patches in time, height, width."""
        return torch.tensor([image.grid for image in self.images], dtype=torch.long).view(-1, 3)


@dataclass(frozen=True)
class PromptBatch(OnDevice):
    """Prompts padded on the left to one length."""

    input_ids: Tensor  # (P, T) int64
    attention_mask: Tensor  # (P, T) bool
    token_types: Tensor  # (P, T) int64; 1 where an image feature goes, 0 for text
    position_ids: Tensor  # (3, P, T) int64; 0 in the padding
    next_position: Tensor  # (P,) int64; position of the first response token on all three axes
    pixel_values: Tensor  # (patches, patch_dim) float32; all images one after the other
    grid_thw: Tensor  # (images, 3) int64
    images_per_prompt: tuple[int, ...]  # P numbers
    patches_per_prompt: tuple[int, ...]  # P numbers

    def select(self, first: int, last: int) -> PromptBatch:
        """The prompts from `first` up to but without `last`."""
        rows, images = slice(first, last), _span(self.images_per_prompt, first, last)
        patches = _span(self.patches_per_prompt, first, last)
        read = slice(-int(self.attention_mask[rows].sum(1).max()), None)
        return PromptBatch(
            input_ids=self.input_ids[rows, read],
            attention_mask=self.attention_mask[rows, read],
            token_types=self.token_types[rows, read],
            position_ids=self.position_ids[:, rows, read],
            next_position=self.next_position[rows],
            pixel_values=self.pixel_values[patches],
            grid_thw=self.grid_thw[images],
            images_per_prompt=self.images_per_prompt[rows],
            patches_per_prompt=self.patches_per_prompt[rows],
        )


@dataclass(frozen=True)
class Rollouts(OnDevice):
    """What a sampler drew: row p·G + g is rollout g of prompt p."""

    ids: Tensor  # (B, R) int64; the end token included, then padding
    mask: Tensor  # (B, R) bool
    logprobs: Tensor  # (B, R) float32 or float64; 0 in the padding
    finished: Tensor  # (B,) bool; False where the response was cut at the longest length

    def select(self, rows: Sequence[int]) -> Rollouts:
        chosen = list(rows)
        return Rollouts(
            self.ids[chosen], self.mask[chosen], self.logprobs[chosen], self.finished[chosen]
        )

    @staticmethod
    def joined(parts: Sequence[Rollouts]) -> Rollouts:
        """All of them below each other, padded to one width."""
        width = max(part.ids.shape[1] for part in parts)

        def column(name: str) -> Tensor:
            tensors = [getattr(part, name) for part in parts]
            return torch.cat([pad(tensor, (0, width - tensor.shape[1])) for tensor in tensors])

        return Rollouts(
            ids=column("ids"),
            mask=column("mask"),
            logprobs=column("logprobs"),
            finished=torch.cat([part.finished for part in parts]),
        )


@dataclass(frozen=True)
class Drawn:
    """A step's rollouts with everything a judge needs to know about them."""

    records: tuple[Record, ...]  # P
    prompts: PromptBatch
    rollouts: Rollouts
    texts: tuple[str, ...]  # B; without the end token
    sections: tuple[Sections | None, ...]  # B; None where the form is broken or the response cut
    rollouts_per_prompt: int
    seconds: float  # how long drawing them took

    @property
    def valid(self) -> Tensor:
        """(B,) bool: which rollouts have the caption, think, answer form."""
        return torch.tensor([sections is not None for sections in self.sections])

    @property
    def said(self) -> list[tuple[Record, Sections | None]]:
        """Every rollout's sections with the record that it answers, B of them."""
        return [(self.record_of(row), sections) for row, sections in enumerate(self.sections)]

    def record_of(self, row: int) -> Record:
        return self.records[row // self.rollouts_per_prompt]

    def select(self, first: int, last: int) -> Drawn:
        """What was drawn for the prompts from `first` up to but without `last`."""
        rows = range(first * self.rollouts_per_prompt, last * self.rollouts_per_prompt)
        return replace(
            self,
            records=self.records[first:last],
            prompts=self.prompts.select(first, last),
            rollouts=self.rollouts.select(rows),
            texts=self.texts[rows.start : rows.stop],
            sections=self.sections[rows.start : rows.stop],
        )


@dataclass(frozen=True)
class TrainingBatch(OnDevice):
    """Responses to learn from, each continuing one of the prompts.

    The rows of one prompt stand together and in the order of the prompts.
    """

    prompts: PromptBatch
    prompt_index: Tensor  # (B,) int64; the prompt that each row continues
    response_ids: Tensor  # (B, R) int64
    response_mask: Tensor  # (B, R) bool; False in the padding
    learned_mask: Tensor  # (B, R) bool; the tokens that the loss is about
    behaviour_logprobs: Tensor  # (B, R) float32; log-probabilities of the sampler, 0 if none
    advantages: Tensor  # (B, R) float32; 1 for demonstrations
    # (B, R) log-probabilities of the policy before it learns from the batch, None if it has not
    old_logprobs: Tensor | None = field(default=None, kw_only=True)
    # (B, R) log-probabilities of the policy to stay close to, None if there is none
    reference_logprobs: Tensor | None = field(default=None, kw_only=True)

    @property
    def tokens(self) -> int:
        """How many tokens the model reads, padding left out."""
        return int(self.prompts.attention_mask.sum() + self.response_mask.sum())

    @property
    def places(self) -> int:
        """How many places the model computes, padding included."""
        lengths = self.response_mask.sum(1).tolist()
        answered = sum(len(rows) * max(lengths[row] for row in rows) for rows in alike(lengths))
        return self.prompts.attention_mask.numel() + answered

    def mini_batches(self, count: int) -> Iterator[TrainingBatch]:
        """Cut into so many batches of whole groups, in order; into fewer if there are too few."""
        index, prompts = self.prompt_index, len(self.prompts.input_ids)
        count = min(count, prompts)
        bounds = [torch.searchsorted(index, prompts * part // count) for part in range(count + 1)]
        for first, last in pairwise(map(int, bounds)):
            yield self._rows(first, last)

    def split(self, most_tokens: int) -> Iterator[TrainingBatch]:
        """Cut into batches of at most so many tokens, but of at least one row.

        A prompt whose rows do not fit together is read once for each batch.
        """
        asked = self.prompts.attention_mask.sum(1).tolist()
        answered = self.response_mask.sum(1).tolist()
        index = self.prompt_index.tolist()
        first, tokens = 0, 0
        for row, prompt in enumerate(index):
            reading = row == first or prompt != index[row - 1]
            cost = answered[row] + (asked[prompt] if reading else 0)
            if row > first and tokens + cost > most_tokens:
                yield self._rows(first, row)
                first, tokens, cost = row, 0, answered[row] + asked[prompt]
            tokens += cost
        yield self._rows(first, len(index))

    def _rows(self, first: int, last: int) -> TrainingBatch:
        rows = slice(first, last)
        start, end = int(self.prompt_index[first]), int(self.prompt_index[last - 1]) + 1
        width = int(self.response_mask[rows].sum(1).max())
        return TrainingBatch(
            prompts=self.prompts.select(start, end),
            prompt_index=self.prompt_index[rows] - start,
            response_ids=self.response_ids[rows, :width],
            response_mask=self.response_mask[rows, :width],
            learned_mask=self.learned_mask[rows, :width],
            behaviour_logprobs=self.behaviour_logprobs[rows, :width],
            advantages=self.advantages[rows, :width],
            old_logprobs=_cut(self.old_logprobs, rows, width),
            reference_logprobs=_cut(self.reference_logprobs, rows, width),
        )


@dataclass(frozen=True)
class RolloutBatch(TrainingBatch):
    """Rollouts to learn from, with what the judge said of them."""

    drawn: Drawn
    rewards: dict[str, Tensor]  # by channel, (B,) float32
    judge_seconds: float  # how long judging them took


def _span(counts: Sequence[int], first: int, last: int) -> slice:
    start = sum(counts[:first])
    return slice(start, start + sum(counts[first:last]))


def _cut(tensor: Tensor | None, rows: slice, width: int) -> Tensor | None:
    return None if tensor is None else tensor[rows, :width]
