"""What warm-up and alignment share: rollouts are scored beside demonstrations.

The order of a step: the policy draws rollouts, the discriminator scores both sides, the policy may
learn from these scores, and then the discriminator learns from the very same ones. The reward
therefore always comes from the discriminator as it was before it saw the rollouts.
"""

from __future__ import annotations

import time
from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor

from prism_engine.batch import RolloutBatch
from prism_engine.contract.config import Problem
from prism_engine.contract.events import Sample
from prism_engine.data.records import MOST_PROBLEMS, DataSet
from prism_engine.data.response import Sections, parse_response
from prism_engine.discriminators.discriminator import Discriminator, Scores
from prism_engine.errors import Diverged, InvalidData
from prism_engine.stages.rollouts import Collector, measure_rollouts, rollout_batch, spread
from prism_engine.stages.samples import Gallery, show_rollouts
from prism_engine.stages.stage import Stage


@dataclass(frozen=True)
class GameBatch(RolloutBatch):
    """Rollouts with what the discriminator thinks of both sides, ready to be learned from."""

    scores: Scores
    step: int


class GameStage(Stage[GameBatch]):
    """Draws rollouts, has them scored, and teaches the discriminator afterwards."""

    def __init__(
        self,
        collector: Collector,
        discriminator: Discriminator,
        demonstrations: Mapping[str, Sections],
        gallery: Gallery,
    ) -> None:
        self._collector = collector
        self._discriminator = discriminator
        self._demonstrations = demonstrations
        self._gallery = gallery

    @abstractmethod
    def advantages(self, rewards: Mapping[str, Tensor], valid: Tensor) -> Tensor:
        """(P, G): what the policy is told of each rollout.

        Args:
            rewards: by channel, (P, G).
            valid: (P, G) bool, which rollouts are well-formed.
        """

    def collect(self, step: int) -> GameBatch:
        drawn = self._collector.draw(step)
        began = time.perf_counter()
        demonstrations = [self._demonstrations[record.id] for record in drawn.records]
        scores = self._discriminator.score(drawn, demonstrations)
        if not all(both.finite for both in scores.channels.values()):
            raise Diverged(step, "discriminator's score")
        valid = scores.valid.cpu()
        rewards = {
            channel: malformed_lowest(both.rollouts.detach().cpu(), valid)
            for channel, both in scores.channels.items()
        }
        batch = rollout_batch(
            drawn,
            {channel: reward.flatten() for channel, reward in rewards.items()},
            spread(self.advantages(rewards, valid), drawn.rollouts.mask),
            time.perf_counter() - began,
        )
        return GameBatch(**vars(batch), scores=scores, step=step)

    def reflect(self, batch: GameBatch) -> dict[str, float]:
        began = time.perf_counter()
        learned = self._discriminator.learn(batch.scores, batch.step)
        seconds = batch.judge_seconds + time.perf_counter() - began
        valid = batch.drawn.valid
        rewards = {
            f"reward_{channel}": reward[valid].mean().item()
            for channel, reward in batch.rewards.items()
            if valid.any()
        }
        return {**measure_rollouts(batch.drawn), **rewards, **learned, "judge_seconds": seconds}

    def show(self, batch: GameBatch, step: int) -> list[Sample]:
        channels = batch.scores.channels.items()
        return show_rollouts(
            batch,
            self._gallery,
            {channel: both.rollouts.flatten() for channel, both in channels},
            {channel: both.demonstrations for channel, both in channels},
        )


def demonstrated_sections(data: DataSet) -> dict[str, Sections]:
    """Every record's demonstration, taken apart, by the record's id.

    Raises:
        InvalidData: a record has no demonstration, or a malformed one.
    """
    parsed = {record.id: parse_response(record.response or "") for record in data.records}
    problems = [
        Problem(
            field=f"{name}.response",
            message="there is no demonstration in the caption, think, answer form; "
            "the discriminator needs one for every record",
        )
        for name, sections in parsed.items()
        if sections is None
    ]
    if problems:
        raise InvalidData(problems[:MOST_PROBLEMS])
    return {name: sections for name, sections in parsed.items() if sections is not None}


def malformed_lowest(scores: Tensor, valid: Tensor) -> Tensor:
    """(P, G) scores, those of malformed rollouts replaced by the group's lowest valid one - 1.

    Where a whole group is malformed all of it gets -1, as in PRISM's released code
    (arXiv 2604.28123).

    Args:
        scores: (P, G); the values of malformed rollouts are not looked at.
        valid: (P, G) bool.
    """
    lowest = scores.masked_fill(~valid, float("inf")).amin(dim=1, keepdim=True)
    lowest = lowest.masked_fill(~valid.any(dim=1, keepdim=True), 0.0)
    return torch.where(valid, scores, lowest - 1)
