"""Several demonstrations in one row, so that next to nothing of what is computed is padding.

Each keeps its own positions and sees itself alone, as `rows.py` says, so that every number is what
it would be in a row of its own.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import torch

from prism_engine.batch import TrainingBatch


@dataclass(frozen=True)
class PackedBatch(TrainingBatch):
    """Demonstrations, each with its own prompt, of which neighbours share the rows of the model.

    Its tensors are those of a padded batch; `rows.lay_out` puts them into M rows.
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
