"""What a strategy is: how weights, gradients and optimizer states are spread over ranks."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from typing import Protocol, TypeVar

from torch import Tensor, nn

from prism_engine.contract.settings import Optimizer
from prism_engine.distributed.ranks import Ranks
from prism_engine.policy.host import Memory

Tensors = TypeVar("Tensors")


class Engine(Protocol):
    """A model that learns, with its optimizer. Policy and discriminator each have their own."""

    mark: Tensor
    """Is written to whenever weights change."""

    def begin(self, *, images: bool) -> None:
        """Gradients of one update follow.

        `images` says whether any rank's share has some: if so, the weights that see them have a
        gradient on all ranks, be it zero, and if not, on none.
        """
        ...

    def compute(self, function: Callable[..., Tensors], *given: object) -> Tensors:
        """Call a function that computes with the model, its weights being there for that.

        It returns tensors, or tuples of them. All ranks call this equally often.
        """
        ...

    def backward(self, loss: Tensor) -> None:
        """Add the gradient of this rank's share of the loss, which is their sum."""
        ...

    def step(self, step: int, what: str = "gradient") -> float:
        """Add up the gradients of all ranks, clip, descend and clear; returns the norm before.

        An error calls the gradient `what`.

        Raises:
            Diverged: it is not finite; the weights are as they were before.
        """
        ...

    def learning_rate(self, step: int) -> float:
        """The rate of step 1, 2, 3 …"""
        ...

    def whole(self) -> AbstractContextManager[object]:
        """In here all weights are in this process, where they may be read and not changed."""
        ...

    def state(self) -> dict[str, Tensor]:
        """Weights that learn, and moments: the same whatever the strategy and the ranks.

        All ranks ask together, and the first gets the answer.
        """
        ...

    def load_state(self, state: Mapping[str, Tensor]) -> None:
        """Go on from what `state` returned, on however many ranks that was."""
        ...


class Strategy(Protocol):
    """How the ranks of a run work together."""

    ranks: Ranks
    memory: Memory
    """Where weights rest that only an optimizer needs."""

    def prepare(self, model: nn.Module, settings: Optimizer, steps: int) -> Engine:
        """Let a model learn. It stays what it is to whoever reads it inside of its engine."""
        ...
