"""Several demonstrations in one row, so that next to nothing of what is computed is padding.

Each keeps its own positions and sees itself alone, so that every number is what it would be in a
row of its own.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from prism_engine.batch import OnDevice, TrainingBatch


@dataclass(frozen=True)
class PackedBatch(TrainingBatch):
    """Demonstrations, each with its own prompt, of which neighbours share the rows of the model.

    Its tensors are those of a padded batch; `lay_out` puts them into M rows.
    """

    packed: tuple[int, ...]  # M numbers: how many of the B demonstrations each row holds

    @property
    def places(self) -> int:
        """How many places the model computes, padding included."""
        return len(self.packed) * max(self._row_lengths())

    def split(self, most_tokens: int) -> Iterator[TrainingBatch]:
        """Cut between rows into batches of at most so many places, but of at least one row."""
        first, last, longest, rows = 0, 0, 0, 0
        for count, length in zip(self.packed, self._row_lengths(), strict=True):
            longest = max(longest, length)
            if rows and (rows + 1) * longest > most_tokens:
                yield self._rows(first, last)
                first, longest, rows = last, length, 0
            last, rows = last + count, rows + 1
        yield self._rows(first, last)

    def _rows(self, first: int, last: int) -> PackedBatch:
        ends = torch.tensor(self.packed).cumsum(0).clamp(first, last)
        counts = ends.diff(prepend=torch.tensor([first])).tolist()
        batch = super()._rows(first, last)
        return PackedBatch(**vars(batch), packed=tuple(count for count in counts if count))

    def _row_lengths(self) -> list[int]:
        lengths = self.prompts.attention_mask.sum(1) + self.response_mask.sum(1)
        return [int(row.sum()) for row in lengths.split(self.packed)]


@dataclass(frozen=True)
class Rows(OnDevice):
    """B demonstrations in M rows of L places, N of whose tokens are learned from."""

    input_ids: Tensor  # (M, L) int64
    position_ids: Tensor  # (3, M, L) int64; each demonstration counts from 0
    demonstration: Tensor  # (M, L) int64; which of the B a place belongs to, -1 for padding
    predictors: Tensor  # (N,) int64; the place, of all M·L, whose state predicts each token


def fill_rows(lengths: Sequence[int], capacity: int) -> list[list[int]]:
    """Decide which demonstrations share a row: as few rows as may be, filled evenly.

    The longest come first, and each goes into the row that is emptiest by then.

    Args:
        lengths: of the demonstrations, in tokens.
        capacity: so many tokens go into a row, or more where one demonstration alone is longer.

    Returns:
        Every demonstration's number once, row by row.
    """
    longest_first = sorted(range(len(lengths)), key=lambda number: (-lengths[number], number))
    capacity = max(capacity, max(lengths))
    for count in range(-(-sum(lengths) // capacity), len(lengths) + 1):
        rows: list[list[int]] = [[] for _ in range(count)]
        filled = [0] * count
        for number in longest_first:
            row = filled.index(min(filled))
            rows[row].append(number)
            filled[row] += lengths[number]
        if max(filled) <= capacity:
            break
    return rows


def lay_out(batch: PackedBatch, filling: int) -> Rows:
    """Put the demonstrations of a padded batch one behind the other; `filling` is padding's id."""
    prompts, width = batch.prompts, batch.response_ids.shape[1]
    ids = torch.cat([prompts.input_ids, batch.response_ids], dim=1)
    mask = torch.cat([prompts.attention_mask, batch.response_mask], dim=1)
    answering = prompts.next_position[:, None] + torch.arange(width, device=ids.device)
    positions = torch.cat([prompts.position_ids, answering.expand(3, -1, -1)], dim=2)

    lengths = mask.sum(1)
    packed = torch.tensor(batch.packed, device=ids.device)
    row = torch.arange(len(packed), device=ids.device).repeat_interleave(packed)
    row_lengths = torch.zeros_like(packed).index_add(0, row, lengths)
    size = int(row_lengths.max())
    ahead = lengths.cumsum(0) - lengths - (row_lengths.cumsum(0) - row_lengths)[row]
    places = (row * size + ahead)[:, None] + mask.cumsum(1) - 1

    def spread(values: Tensor, filling: int) -> Tensor:
        """(…, B, T + R) to (…, M, L)."""
        rows = values.new_full((*values.shape[:-2], len(packed) * size), filling)
        rows[..., places[mask]] = values[..., mask]
        return rows.unflatten(-1, (len(packed), size))

    number = torch.arange(len(ids), device=ids.device)[:, None].expand_as(ids)
    return Rows(
        input_ids=spread(ids, filling),
        position_ids=spread(positions, 0),
        demonstration=spread(number, -1),
        predictors=places[:, -width:][batch.learned_mask] - 1,
    )


def own_past(demonstration: Tensor) -> Tensor:
    """(M, 1, L, L) bool: each place sees itself and what stands before it in its demonstration.

    Padding sees padding, because attention to nothing at all is not a number.

    Args:
        demonstration: (M, L) which one every place belongs to.
    """
    same = demonstration[:, None, :, None] == demonstration[:, None, None, :]
    return same.tril()
