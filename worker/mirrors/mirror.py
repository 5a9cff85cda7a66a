"""What a mirror is told of a run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol

from prism_client.worker_client import Claim
from prism_engine.contract.events import (
    BenchmarkScored,
    Event,
    Finished,
    SamplesDrawn,
    Started,
    StepFinished,
)
from worker.mirrors.samples import ShownSample, shown


@dataclass(frozen=True)
class Subject:
    """The run that is mirrored. `folder` is where files of this mirror go."""

    run_id: str
    run: str
    kind: str
    pipeline: str
    config: Mapping[str, Any]
    folder: Path

    @classmethod
    def of(cls, claim: Claim, folder: Path) -> Subject:
        return cls(
            run_id=claim.run_id,
            run=claim.run_name,
            kind=claim.kind,
            pipeline=str(claim.recipe.get("name", claim.run_name)),
            config=claim.recipe["runs"][claim.run_name],
            folder=folder,
        )


class Mirror(Protocol):
    """One run in another tracker.

    A later attempt at the run opens its mirror again: what it says of a step replaces what an
    earlier one said.
    """

    def begin(self, first_step: int) -> None:
        """The attempt is about to take its first step."""

    def numbers(self, step: int, at: datetime, values: Mapping[str, float]) -> None:
        """These were measured in a step."""

    def samples(self, step: int, at: datetime, samples: Sequence[ShownSample]) -> None:
        """These were drawn in a step, to be looked at."""

    def end(self, succeeded: bool) -> None:
        """Nothing more comes."""


class Narrator:
    """Tells a mirror what it can show of an attempt's events. `images` is the folder of those."""

    def __init__(self, mirror: Mirror, images: Path) -> None:
        self._mirror = mirror
        self._images = images
        self._begun = False
        self._finished = False

    def tell(self, event: Event) -> None:
        match event:
            case Started():
                self._mirror.begin(event.first_step)
                self._begun = True
            case StepFinished():
                self._mirror.numbers(event.step, event.at, event.metrics)
            case SamplesDrawn():
                self._mirror.samples(event.step, event.at, shown(event.samples, self._images))
            case BenchmarkScored():
                scores = {
                    f"{event.benchmark}/{event.arm}/{name}": score.value
                    for name, score in event.scores.items()
                }
                self._mirror.numbers(event.step, event.at, scores)
            case Finished():
                self._finished = not event.stopped

    def close(self) -> None:
        """Close a mirror that was begun."""
        if self._begun:
            self._mirror.end(self._finished)
