"""Computing in bfloat16 with weights that are float32.

Autocast casts every weight anew in every pass, and once more where activations are computed again.
Here a model has one bfloat16 copy of its weights, which is renewed when they have changed.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial

import torch
from torch import Tensor, nn

from prism_engine.policy.host import DeviceMemory, Memory


@dataclass(frozen=True)
class Place:
    """Where a weight stands in a model."""

    module: nn.Module
    name: str
    weight: nn.Parameter


class NarrowWeights:
    """Puts bfloat16 copies in the place of a model's weights.

    Gradients of the copies are added to those of the weights, in the weights' own format. A
    backward pass takes place while the copies stand in, as its forward pass did: layers that are
    computed a second time must find what they found the first time.

    Args:
        model: whose weights are float32.
        wide: modules whose own weights nothing stands in for.

    Weights that a copy stands in for rest in `memory`: nothing but an optimizer needs them.
    """

    def __init__(self, model: nn.Module, wide: Collection[nn.Module] = ()) -> None:
        self.memory: Memory = DeviceMemory()
        self._model = model
        self._wide = wide
        self._copies: dict[nn.Parameter, nn.Parameter] = {}
        self._versions: dict[nn.Parameter, int] = {}
        self._depth = 0

    @contextmanager
    def standing_in(self) -> Iterator[None]:
        """May be entered again by whoever is in here already."""
        places = [] if self._depth else list(self._places())
        for place in places:
            place.module._parameters[place.name] = self._copy(place.weight)
        self.memory.rest(place.weight for place in places)
        self._depth += 1
        try:
            yield
        finally:
            self._depth -= 1
            for place in places:
                place.module._parameters[place.name] = place.weight

    def _places(self) -> Iterator[Place]:
        for module in self._model.modules():
            if module not in self._wide:
                for name, weight in module._parameters.items():
                    if weight is not None:
                        yield Place(module, name, weight)

    @torch.no_grad()
    def _copy(self, weight: nn.Parameter) -> nn.Parameter:
        """The weight's copy as it must be now."""
        copy = self._copies.get(weight)
        if copy is None or copy.requires_grad != weight.requires_grad:
            with self.memory.awake([weight]):
                copy = nn.Parameter(weight.to(torch.bfloat16), weight.requires_grad)
            if weight.requires_grad:
                copy.register_post_accumulate_grad_hook(partial(_hand_over, weight))
            self._copies[weight] = copy
        elif self._versions[weight] != weight._version:
            with self.memory.awake([weight]):
                copy.copy_(weight)
        self._versions[weight] = weight._version
        return copy


@torch.no_grad()
def _hand_over(weight: nn.Parameter, copy: Tensor) -> None:
    """Add the copy's gradient to the weight's."""
    if weight.grad is None:
        weight.grad = copy.grad.to(weight.dtype)
    else:
        weight.grad.add_(copy.grad)
    copy.grad = None
