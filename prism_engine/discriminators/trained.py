"""What discriminators that learn have in common: the loss of the game, and its optimizer."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

from torch import Tensor, nn

from prism_engine.batch import Drawn
from prism_engine.data.response import Sections
from prism_engine.discriminators.discriminator import Channels, Rules, Scores
from prism_engine.discriminators.pairwise import game_loss, measure_scores
from prism_engine.errors import Diverged


class TrainedDiscriminator(ABC):
    """A discriminator whose weights descend the loss of the game."""

    channels: Channels

    def __init__(self, model: nn.Module, rules: Rules) -> None:
        self.model = model
        self.rules = rules
        self.engine = rules.strategy.prepare(model, rules.game.optimizer, rules.steps)

    @abstractmethod
    def score(self, drawn: Drawn, demonstrations: Sequence[Sections]) -> Scores: ...

    @abstractmethod
    def export(self, folder: Path) -> None: ...

    def precision(self) -> AbstractContextManager[None]:
        """What a backward pass takes place in, as its forward pass did."""
        return nullcontext()

    def whole(self) -> AbstractContextManager[object]:
        return self.engine.whole()

    @property
    def size(self) -> int:
        """Bytes of the weights."""
        return sum(weight.nbytes for weight in self.model.parameters())

    def learn(self, scores: Scores, step: int) -> dict[str, float]:
        """Take one optimizer step; see `Discriminator.learn`."""
        if not scores.valid.any():
            return {}
        loss = game_loss(scores, self.rules.game)
        if not loss.isfinite():
            raise Diverged(step, "discriminator's loss")
        with self.precision():
            self.engine.backward(loss)
        return {
            "discriminator_loss": loss.item(),
            "discriminator_gradient_norm": self.engine.step(step, "discriminator's gradient"),
            **measure_scores(scores),
        }

    @property
    def mark(self) -> Tensor:
        """Is written to whenever weights change."""
        return self.engine.mark

    def state(self) -> dict[str, Tensor]:
        return self.engine.state()

    def load_state(self, state: Mapping[str, Tensor]) -> None:
        self.engine.load_state(state)
