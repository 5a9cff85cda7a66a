"""Three-dimensional positions of text and image tokens (M-RoPE, arXiv 2409.12191)."""

from __future__ import annotations

import torch
from torch import Tensor


def rope_positions(token_types: Tensor, grid_thw: Tensor, merge_size: int) -> Tensor:
    """(3, T) positions in time, height and width of one unpadded sequence.

    Text counts on along all three axes. The features of an image share one starting position, to
    which height and width add their row and column; the text behind goes on after the larger of
    the two.

    Args:
        token_types: (T,) 1 where an image feature goes, 0 for text.
        grid_thw: (images, 3) patches in time, height and width, in order of appearance.
        merge_size: patches along one side of a merged feature.
    """
    positions = torch.empty(3, len(token_types), dtype=torch.long)
    place, start = 0, 0
    for time, height, width in (grid_thw // torch.tensor([1, merge_size, merge_size])).tolist():
        ahead = int(token_types[place:].argmax())
        positions[:, place : place + ahead] = start + torch.arange(ahead)
        place, start = place + ahead, start + ahead
        features = time * height * width
        grid = torch.cartesian_prod(*(torch.arange(side) for side in (time, height, width)))
        positions[:, place : place + features] = start + grid.view(features, 3).T
        place, start = place + features, start + max(height, width)
    positions[:, place:] = start + torch.arange(len(token_types) - place)
    return positions
