"""Prompts with all of their responses in one row, so that next to nothing of it is padding.

Behind each prompt stand its responses. Each response goes on at its prompt's positions and sees its
prompt and itself alone, so that every number is what it would be in a row of its own, though the
prompt is computed once and nothing that is known of it is copied.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from prism_engine.batch import OnDevice, TrainingBatch


@dataclass(frozen=True)
class Rows(OnDevice):
    """P prompts with their B responses in M rows of L places; N tokens are learned from."""

    input_ids: Tensor  # (M, L) int64
    position_ids: Tensor  # (3, M, L) int64; each prompt counts from 0, its responses go on
    prompt: Tensor  # (M, L) int64; which of the P a place belongs to, -1 for padding
    response: Tensor  # (M, L) int64; which of the B, -1 for what is read for all of them
    predictors: Tensor  # (N,) int64; the place, of all M·L, whose state predicts each token


def lay_out(batch: TrainingBatch, held: Sequence[int], filling: int, multiple: int = 1) -> Rows:
    """Put prompts and responses of a padded batch one behind the other.

    Args:
        batch: P prompts with B responses.
        held: M numbers; how many of the prompts each row holds.
        filling: the id of padding.
        multiple: of which the length of a row is one.
    """
    device, index = batch.prompt_index.device, batch.prompt_index
    asked, answered = batch.prompts.attention_mask, batch.response_mask
    counts = torch.tensor(held, device=device)
    row = torch.arange(len(counts), device=device).repeat_interleave(counts)

    lengths = asked.sum(1).index_add(0, index, answered.sum(1))  # (P,) with all that follows
    row_lengths = torch.zeros_like(counts).index_add(0, row, lengths)
    size = -(-int(row_lengths.max()) // multiple) * multiple
    begin = row * size + _ahead(lengths) - _ahead(row_lengths)[row]  # (P,)
    end = begin + asked.sum(1)
    ahead = _ahead(answered.sum(1))
    first = ahead.new_full(end.shape, int(ahead[-1]) + 1).scatter_reduce(0, index, ahead, "amin")
    start = end[index] + ahead - first[index]  # (B,)

    columns = torch.arange(answered.shape[1], device=device)
    asking, answering = begin[:, None] + asked.cumsum(1) - 1, start[:, None] + columns

    def spread(of_prompts: Tensor, of_responses: Tensor, filling: int) -> Tensor:
        """(…, P, T) and (…, B, R) to (…, M, L)."""
        rows = of_prompts.new_full((*of_prompts.shape[:-2], len(counts) * size), filling)
        rows[..., asking[asked]] = of_prompts[..., asked]
        rows[..., answering[answered]] = of_responses[..., answered]
        return rows.unflatten(-1, (len(counts), size))

    positions = batch.prompts.next_position[index, None] + columns
    numbers = torch.arange(len(index), device=device)[:, None].expand_as(answering)
    prompts = torch.arange(len(begin), device=device)[:, None].expand_as(asking)
    # What comes first in a response is predicted by the end of its prompt.
    before = torch.where(columns == 0, end[index, None] - 1, answering - 1)
    return Rows(
        input_ids=spread(batch.prompts.input_ids, batch.response_ids, filling),
        position_ids=spread(batch.prompts.position_ids, positions.expand(3, -1, -1), 0),
        prompt=spread(prompts, index[:, None].expand_as(answering), -1),
        response=spread(torch.full_like(prompts, -1), numbers, -1),
        predictors=before[batch.learned_mask],
    )


def seen(rows: Rows) -> Tensor:
    """(M, 1, L, L) bool: each place sees what stands before it in its prompt and in its response.

    Padding sees padding, because attention to nothing at all is not a number.
    """
    places = torch.arange(rows.prompt.shape[1], device=rows.prompt.device)
    row = torch.arange(len(rows.prompt), device=rows.prompt.device)[:, None, None]
    return sight(rows)(row, 0, places[:, None], places)[:, None]


def sight(rows: Rows) -> Callable[..., Tensor]:
    """What `seen` says of a row, a head, a place that looks and one that is looked at."""
    prompt, response = rows.prompt, rows.response

    def sees(row: Tensor, head: Tensor, place: Tensor, other: Tensor) -> Tensor:
        same = prompt[row, place] == prompt[row, other]
        read, own = response[row, other] < 0, response[row, place] == response[row, other]
        return (other <= place) & same & (read | own)

    return sees


def _ahead(lengths: Tensor) -> Tensor:
    """(n,): the sum of the lengths (n,) before each."""
    return lengths.cumsum(0) - lengths
