"""A model as one unit, however its parts are called."""

from __future__ import annotations

from collections.abc import Callable

from torch import nn

from prism_engine.distributed.strategy import Tensors


class Computing(nn.Module):
    """Lets a function call the parts of a model within one forward pass of the whole.

    How often a part is called depends on the lengths of a rank's rows: a prompt is read once, and
    then followed for every group of like length. Were the weights of each part fetched from the
    other ranks when it is called, ranks would wait for each other for ever. Here they are fetched
    for all of the pass, of which all ranks take equally many.
    """

    def __init__(self, model: nn.Module) -> None:
        super().__init__()
        self.model = model

    def forward(self, function: Callable[..., Tensors], *given: object) -> Tensors:
        return function(*given)
