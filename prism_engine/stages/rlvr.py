"""Reinforcement learning with verifiable rewards: the judge verifies and does not learn."""

from __future__ import annotations

import time
from collections.abc import Mapping

import torch
from torch import Tensor

from prism_engine.algorithms.algorithm import Algorithm
from prism_engine.batch import Drawn, RolloutBatch
from prism_engine.contract.events import Sample
from prism_engine.rewards.reward import Reward
from prism_engine.stages.rollouts import (
    RolloutCollector,
    measure_rollouts,
    rollout_batch,
    spread,
)
from prism_engine.stages.samples import Gallery, show_rollouts
from prism_engine.stages.stage import Stage


class Rlvr(Stage[RolloutBatch]):
    """Draw groups of rollouts and reward what can be verified."""

    def __init__(
        self,
        collector: RolloutCollector,
        algorithm: Algorithm,
        rewards: Mapping[str, Reward],
        weights: Mapping[str, float],
        gallery: Gallery,
    ) -> None:
        self._collector = collector
        self._algorithm = algorithm
        self._rewards = rewards
        self._weights = weights
        self._gallery = gallery

    def collect(self, step: int) -> RolloutBatch:
        drawn = self._collector.draw(step)
        began = time.perf_counter()
        rewards = {name: self._judge(reward, drawn) for name, reward in self._rewards.items()}
        grouped = {name: reward.view(len(drawn.records), -1) for name, reward in rewards.items()}
        return rollout_batch(
            drawn,
            rewards,
            spread(self._algorithm.advantages(grouped, self._weights), drawn.rollouts.mask),
            self._algorithm.keep_group(self._total(grouped)),
            time.perf_counter() - began,
        )

    def reflect(self, batch: RolloutBatch) -> dict[str, float]:
        total = self._total(batch.rewards)
        groups = total.view(len(batch.drawn.records), -1)
        mixed = (groups != groups[:, :1]).any(1)
        means = {f"reward_{name}": r.mean().item() for name, r in batch.rewards.items()}
        return {
            "reward": total.mean().item(),
            "mixed_groups": mixed.float().mean().item(),
            **means,
            **measure_rollouts(batch),
        }

    def show(self, batch: RolloutBatch, step: int) -> list[Sample]:
        return show_rollouts(batch, self._gallery)

    def _judge(self, reward: Reward, drawn: Drawn) -> Tensor:
        """(B,) the rewards of one channel."""
        return torch.tensor(
            [reward(drawn.record_of(row), s) for row, s in enumerate(drawn.sections)]
        )

    def _total(self, rewards: Mapping[str, Tensor]) -> Tensor:
        """Σ_c w_c · r_c, in the shape of the rewards."""
        return sum(self._weights[name] * reward for name, reward in rewards.items())
