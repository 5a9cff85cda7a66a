"""A discriminator of several ranks, each of which scores what was drawn for some of the prompts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path

import torch
from torch import Tensor

from prism_engine.batch import Drawn
from prism_engine.data.response import Sections
from prism_engine.discriminators.discriminator import ChannelScores, Scores
from prism_engine.discriminators.network import NetworkDiscriminator
from prism_engine.distributed.ranks import Ranks


class SharedDiscriminator:
    """Every rank knows all scores, and has the graph to learn from of its own.

    The loss is that of all pairs on every rank, and its gradient that of the rank's own scores;
    added up over the ranks it is the gradient of all.
    """

    def __init__(self, discriminator: NetworkDiscriminator, ranks: Ranks) -> None:
        self.channels = discriminator.channels
        self._discriminator = discriminator
        self._ranks = ranks
        self._counted = True
        self._images = False
        discriminator.pooled = self._pooled

    def score(self, drawn: Drawn, demonstrations: Sequence[Sections]) -> Scores:
        """Score both sides; see `Discriminator.score`."""
        prompts = range(len(demonstrations))
        # A rank for which no prompt is left scores the first one along, and it does not count.
        own = self._ranks.share(prompts) or prompts[:1]
        self._counted = bool(self._ranks.share(prompts))
        self._images = len(self._discriminator.seen(drawn.prompts).grid_thw) > 0
        first, last = own[0], own[-1] + 1
        load_balance, *scores = self._discriminator.engine.compute(
            self._score_own, drawn.select(first, last), demonstrations[first:last]
        )
        sides = iter(self._with_others(scores))
        return Scores(
            channels={
                channel: ChannelScores(next(sides), next(sides)) for channel in self.channels
            },
            valid=drawn.valid.view(len(demonstrations), -1).to(load_balance.device),
            load_balance=load_balance,
        )

    def learn(self, scores: Scores, step: int) -> dict[str, float]:
        """Take one optimizer step; see `Discriminator.learn`."""
        if scores.valid.any():
            self._discriminator.engine.begin(images=self._images)
        return self._discriminator.learn(scores, step)

    def whole(self) -> AbstractContextManager[object]:
        return self._discriminator.whole()

    @property
    def mark(self) -> Tensor:
        """Is written to whenever weights change."""
        return self._discriminator.mark

    def state(self) -> dict[str, Tensor]:
        return self._discriminator.state()

    def load_state(self, state: Mapping[str, Tensor]) -> None:
        self._discriminator.load_state(state)

    @property
    def size(self) -> int:
        """Bytes of the weights."""
        return self._discriminator.size

    def export(self, folder: Path) -> None:
        self._discriminator.export(folder)

    def _score_own(self, drawn: Drawn, demonstrations: Sequence[Sections]) -> tuple[Tensor, ...]:
        """The imbalance of routers, then by channel the scores of the two sides."""
        scores = self._discriminator.score(drawn, demonstrations)
        sides = [(both.demonstrations, both.rollouts) for both in scores.channels.values()]
        return scores.load_balance, *(side for both in sides for side in both)

    def _with_others(self, own: Sequence[Tensor]) -> list[Tensor]:
        """The scores of all prompts, of which those of this rank have a gradient."""
        there = [tensor.detach().cpu() for tensor in own] if self._counted else None
        ranks = list(enumerate(self._ranks.joined(there)))
        joined = []
        for number, tensor in enumerate(own):
            parts = [
                tensor if rank == self._ranks.rank else scores[number].to(tensor.device)
                for rank, scores in ranks
                if scores is not None
            ]
            # What does not count keeps its place in the graph, as all ranks take the same way back.
            along = 0.0 if self._counted else 0.0 * tensor.sum()
            joined.append(torch.cat(parts) + along)
        return joined

    def _pooled(self, mean: Tensor, tokens: int) -> Tensor:
        """From a mean over this rank's tokens, which have a gradient, to that over all ranks'."""
        counted = tokens * self._counted
        everywhere = self._ranks.total(torch.tensor(counted, device=mean.device))
        total = self._ranks.total(mean * counted)
        return (total + (mean - mean.detach()) * counted) / everywhere
