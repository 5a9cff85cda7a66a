"""What a stage is: two questions that the loop asks, and it knows nothing else of it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Generic, TypeVar

from prism_engine.contract.events import Sample

BatchT = TypeVar("BatchT")


class Stage(ABC, Generic[BatchT]):
    """One way of teaching a policy."""

    @abstractmethod
    def collect(self, step: int) -> BatchT:
        """What the learner learns from in this step.

        It depends on `step`, the seed and the weights alone, so that a resumed run goes on
        exactly as an undisturbed one.
        """

    @abstractmethod
    def reflect(self, batch: BatchT) -> dict[str, float]:
        """Look back at the step: teach what else learns, and measure.

        The metrics are among those declared in `contract.metrics`; one that cannot be computed
        is left out.
        """

    @abstractmethod
    def show(self, batch: BatchT, step: int) -> list[Sample]:
        """A few items of the step, to be looked at."""

    def satisfied(self) -> bool:
        """Whether the stage has reached its aim, so that the run ends before its last step."""
        return False

    def conclude(self, step: int) -> None:
        """Say what came of the run, once its last step has been taken."""
