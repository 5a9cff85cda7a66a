"""Where in a section its score is read, by what a recipe calls it."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from prism_engine.discriminators.sections import SectionBatch


def at_the_end(states: Tensor, sections: SectionBatch) -> Tensor:
    """The states (N, S, H) at the end token, which all sections share: (N, H)."""
    rows = torch.arange(len(states), device=states.device)
    return states[rows, sections.scored]


def over_the_section(states: Tensor, sections: SectionBatch) -> Tensor:
    """The mean of the states (N, S, H) over a section's tokens, its end token included: (N, H)."""
    counted = sections.mask[..., None].to(states.dtype)
    return (states * counted).sum(1) / counted.sum(1)


def read_at_the_end(sections: SectionBatch) -> Tensor:
    """(N, S) bool: the end token alone."""
    places = torch.arange(sections.ids.shape[1], device=sections.ids.device)
    return places == sections.scored[:, None]


def read_over_the_section(sections: SectionBatch) -> Tensor:
    """(N, S) bool: all but padding."""
    return sections.mask


POOLINGS: dict[str, Callable[[Tensor, SectionBatch], Tensor]] = {
    "end": at_the_end,
    "mean": over_the_section,
}

READ: dict[str, Callable[[SectionBatch], Tensor]] = {
    "end": read_at_the_end,
    "mean": read_over_the_section,
}
"""Which states a pooling reads: of the others nobody needs what the last layer makes."""
