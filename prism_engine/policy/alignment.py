"""Where weights lie in memory."""

from __future__ import annotations

import torch
from torch import nn


@torch.no_grad()
def copy_weights(model: nn.Module) -> None:
    """Move every weight to memory that torch allocated.

    Weights that were read from a file lie wherever they stand in it, and matrix products add up
    in an order that depends on how their operands are aligned. Only the allocator's alignment is
    always the same, and with it every result to the last bit.
    """
    for parameter in model.parameters():
        parameter.data = parameter.data.clone()
