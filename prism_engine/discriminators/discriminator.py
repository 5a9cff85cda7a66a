"""What a discriminator is: a judge that learns to tell demonstrations from rollouts."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import torch
from torch import Tensor

from prism_engine.batch import Drawn
from prism_engine.contract.discriminators import Game
from prism_engine.data.response import Sections
from prism_engine.distributed.single import ALONE
from prism_engine.distributed.strategy import Strategy

Channels = Mapping[str, Callable[[Sections], str]]
"""What a discriminator reads of a response, by what its scores and metrics are called."""


@dataclass(frozen=True)
class Rules:
    """How the game is played in one run."""

    game: Game
    steps: int  # optimizer steps that the learning rate's schedule spans
    longest_section: int  # tokens; sections of either side are cut there
    strategy: Strategy = ALONE  # how ranks share what is learned


@dataclass(frozen=True)
class ChannelScores:
    """What is thought of both sides by what one channel reads. P prompts, G rollouts each."""

    demonstrations: Tensor  # (P,) float32
    rollouts: Tensor  # (P, G) float32; meaningless where the rollout is invalid

    @property
    def finite(self) -> bool:
        """Whether every score is a number that can be learned from."""
        both = torch.cat([self.demonstrations, self.rollouts.flatten()])
        return bool(both.isfinite().all())


@dataclass(frozen=True)
class Scores:
    """What the discriminator thinks of a step, with the graph to learn from it."""

    channels: Mapping[str, ChannelScores]
    valid: Tensor  # (P, G) bool; rollouts that have sections
    load_balance: Tensor  # () float32; 1 where routers use all experts alike, 0 without routers


class Discriminator(Protocol):
    """Scores sections of responses, and learns from the scores that it gave.

    One forward serves both: the reward is the score before the update, and the update starts from
    the very same numbers.
    """

    channels: Channels

    def score(self, drawn: Drawn, demonstrations: Sequence[Sections]) -> Scores:
        """Score P demonstrations and the P·G rollouts drawn for the same prompts."""
        ...

    def learn(self, scores: Scores, step: int) -> dict[str, float]:
        """Take one optimizer step and report on the scores as they were before it.

        Without a valid rollout there is nothing to learn from: weights stay, and no metric is
        reported.

        Raises:
            Diverged: the loss or its gradient is not finite; the weights were not updated.
        """
        ...

    def state(self) -> dict[str, Tensor]:
        """Everything that an exact resume needs."""
        ...

    def load_state(self, state: Mapping[str, Tensor]) -> None:
        """Go on from what `state` returned."""
        ...

    def whole(self) -> AbstractContextManager[object]:
        """In here all weights are in this process, as they have to be on export."""
        ...

    @property
    def size(self) -> int:
        """Bytes of the weights."""
        ...

    def export(self, folder: Path) -> None:
        """Write weights as safetensors beside a `config.json` that says what they are."""
        ...
