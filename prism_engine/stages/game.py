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

from prism_engine.batch import Drawn, RolloutBatch
from prism_engine.checkpoint import Part
from prism_engine.contract.config import Problem
from prism_engine.contract.discriminators import Game
from prism_engine.contract.events import ExpertAudit, Sample
from prism_engine.data.records import MOST_PROBLEMS, DataSet
from prism_engine.data.response import Sections, parse_response
from prism_engine.discriminators.discriminator import Discriminator, Scores
from prism_engine.discriminators.pairwise import measure_scores
from prism_engine.errors import Diverged, InvalidData
from prism_engine.memory import spent_on
from prism_engine.stages.audit import Auditor
from prism_engine.stages.form import FormWatch
from prism_engine.stages.replay import Replay
from prism_engine.stages.rollouts import Collector, measure_rollouts, rollout_batch
from prism_engine.stages.samples import Gallery, show_rollouts
from prism_engine.stages.stage import Stage


@dataclass(frozen=True)
class GameBatch(RolloutBatch):
    """Rollouts with what the discriminator thinks of both sides, ready to be learned from."""

    scores: Scores
    step: int


@dataclass(frozen=True)
class Equipment:
    """What a game is played with."""

    rules: Game
    collector: Collector
    discriminator: Discriminator
    demonstrations: Mapping[str, Sections]  # by the record's id
    replay: Replay
    auditor: Auditor
    form: FormWatch
    gallery: Gallery

    def parts(self) -> dict[str, Part]:
        """What an exact resume needs, beside what the stage itself and the policy keep."""
        return {
            "discriminator": self.discriminator,
            "replay": self.replay,
            "audit": self.auditor,
            "form": self.form,
        }


class GameStage(Stage[GameBatch]):
    """Draws rollouts, has them scored, teaches the discriminator, and looks at the game."""

    def __init__(self, equipment: Equipment) -> None:
        self.equipment = equipment

    def rewards(self, scores: Tensor, valid: Tensor) -> Tensor:
        """(P, G): one channel's rewards from its scores of the rollouts.

        Args:
            scores: (P, G).
            valid: (P, G) bool, which rollouts are well-formed.
        """
        return below_group(scores, valid)

    @abstractmethod
    def advantages(self, rewards: Mapping[str, Tensor], drawn: Drawn) -> Tensor:
        """(B, R): what the policy is told of each token, 0 in the padding.

        Args:
            rewards: by channel, (P, G).
            drawn: the B = P·G rollouts.
        """

    def audited(self, step: int, experts: Mapping[str, ExpertAudit]) -> None:
        """Told what an audit found; alignment has no use for it."""

    def collect(self, step: int) -> GameBatch:
        drawn = self.equipment.collector.draw(step)
        began = time.perf_counter()
        with torch.set_grad_enabled(self._learns(step)):
            scores = self.score(drawn)
        if not all(both.finite for both in scores.channels.values()):
            raise Diverged(step, "discriminator's score")
        valid = scores.valid.cpu()
        rewards = {
            channel: self.rewards(both.rollouts.detach().cpu(), valid)
            for channel, both in scores.channels.items()
        }
        batch = rollout_batch(
            drawn,
            {channel: reward.flatten() for channel, reward in rewards.items()},
            self.advantages(rewards, drawn),
            time.perf_counter() - began,
        )
        return GameBatch(**vars(batch), scores=scores, step=step)

    def reflect(self, batch: GameBatch) -> dict[str, float]:
        began = time.perf_counter()
        learned = self._learn(batch) if self._learns(batch.step) else {}
        self.equipment.replay.keep(batch.drawn)
        seconds = batch.judge_seconds + time.perf_counter() - began
        rollouts = measure_rollouts(batch.drawn)
        self.equipment.form.see(batch.step, rollouts["valid_share"])
        if self.equipment.auditor.due(batch.step):
            self.audited(batch.step, self.equipment.auditor.audit(batch.step))
        # Where earlier rollouts were learned from, what is reported is still of the fresh ones.
        scores = measure_scores(batch.scores)
        return {**rollouts, **_mean_rewards(batch), **learned, **scores, "judge_seconds": seconds}

    def score(self, drawn: Drawn) -> Scores:
        """What the discriminator thinks of the rollouts and of their prompts' demonstrations."""
        demonstrations = [self.equipment.demonstrations[record.id] for record in drawn.records]
        with spent_on("judging"):
            return self.equipment.discriminator.score(drawn, demonstrations)

    def show(self, batch: GameBatch, step: int) -> list[Sample]:
        channels = batch.scores.channels.items()
        return show_rollouts(
            batch,
            self.equipment.gallery,
            {channel: both.rollouts.flatten() for channel, both in channels},
            {channel: both.demonstrations for channel, both in channels},
        )

    def _learns(self, step: int) -> bool:
        return step % self.equipment.rules.learn_every == 0

    def _learn(self, batch: GameBatch) -> dict[str, float]:
        """Teach the discriminator; returns what is to say of the first of its updates."""
        drawn = self.equipment.replay.mixed_into(batch.drawn, batch.step)
        scores = batch.scores if drawn is batch.drawn else self.score(drawn)
        learned = self.equipment.discriminator.learn(scores, batch.step)
        for _ in range(1, self.equipment.rules.updates_per_step):
            self.equipment.discriminator.learn(self.score(drawn), batch.step)
        return learned


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


def below_group(scores: Tensor, valid: Tensor) -> Tensor:
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


def below_batch(scores: Tensor, valid: Tensor) -> Tensor:
    """(P, G) scores, those of malformed rollouts replaced by the lowest valid one of all - 1.

    A wholly malformed group then ranks below every other one, which counts where rewards are
    scaled over the batch. Where everything is malformed all of it gets -1.

    Args:
        scores: (P, G); the values of malformed rollouts are not looked at.
        valid: (P, G) bool.
    """
    return below_group(scores.view(1, -1), valid.view(1, -1)).view(scores.shape)


def _mean_rewards(batch: GameBatch) -> dict[str, float]:
    """Mean scores of the well-formed rollouts, where there are any."""
    valid = batch.drawn.valid
    return {
        f"reward_{channel}": reward[valid].mean().item()
        for channel, reward in batch.rewards.items()
        if valid.any()
    }
