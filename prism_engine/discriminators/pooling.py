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


POOLINGS: dict[str, Callable[[Tensor, SectionBatch], Tensor]] = {
    "end": at_the_end,
    "mean": over_the_section,
}
