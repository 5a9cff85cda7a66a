"""Reinforcement learning with verifiable rewards: the judge verifies and does not learn."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import torch
from torch import Tensor

from prism_engine.algorithms.advantages import deviation, weighted_sum
from prism_engine.algorithms.algorithm import Algorithm
from prism_engine.batch import Drawn, RolloutBatch
from prism_engine.contract.config import Problem
from prism_engine.contract.config import Rlvr as RlvrSettings
from prism_engine.contract.events import Sample
from prism_engine.data.records import MOST_PROBLEMS, DataSet, Record
from prism_engine.distributed.ranks import Ranks
from prism_engine.distributed.single import ALONE
from prism_engine.errors import InvalidData
from prism_engine.randomness import Randomness
from prism_engine.rewards.answer import verify_ahead
from prism_engine.rewards.reward import Judge
from prism_engine.stages.cursor import PromptCursor
from prism_engine.stages.form import FormWatch
from prism_engine.stages.pass_rate import PassRateSelection
from prism_engine.stages.rollouts import (
    RolloutCollector,
    accuracy_of,
    measure_rollouts,
    refuse_non_finite,
    rollout_batch,
    spread,
)
from prism_engine.stages.samples import Gallery, show_rollouts
from prism_engine.stages.stage import Stage


@dataclass(frozen=True)
class Judged:
    """What one draw gave."""

    drawn: Drawn  # P groups of G
    rewards: dict[str, Tensor]  # by channel, (P, G)
    kept: list[int]  # the groups that have something to teach
    seconds: float  # how long judging took


@dataclass(frozen=True)
class VerifiedBatch(RolloutBatch):
    """The groups that are learned from, and all that was drawn to find them."""

    draws: tuple[Judged, ...]
    step: int


class Rlvr(Stage[VerifiedBatch]):
    """Draws groups of rollouts, again while groups are missing, and rewards what can be verified.

    Raises:
        InvalidData: groups or prompts are chosen by their answers, and rows have none.
    """

    def __init__(
        self,
        settings: RlvrSettings,
        data: DataSet,
        cursor: PromptCursor,
        collector: RolloutCollector,
        algorithm: Algorithm,
        judges: Mapping[str, Judge],
        randomness: Randomness,
        gallery: Gallery,
        form: FormWatch,
        selection: PassRateSelection | None = None,
        ranks: Ranks = ALONE.ranks,
    ) -> None:
        if algorithm.reads_accuracy or selection is not None:
            _refuse_rows_without_answers(data)
        self._prompts_per_step = settings.prompts_per_step
        self._weights = {**settings.rewards, **algorithm.shaping}
        self._data = data
        self._cursor = cursor
        self._collector = collector
        self._algorithm = algorithm
        self._judges = judges
        self._randomness = randomness
        self._gallery = gallery
        self._form = form
        self._selection = selection
        self._ranks = ranks

    def collect(self, step: int) -> VerifiedBatch:
        if step == 1 and self._selection is not None:
            # A verifier may run out of time, on one rank and not on the next.
            self._cursor.choose(self._ranks.joined(self._selection.choose())[0])
        draws = self._draw(step)
        groups = first_kept([judged.kept for judged in draws], self._prompts_per_step)
        learned = any(groups)
        if not learned:
            groups[-1] = list(range(self._prompts_per_step))
        drawn = self._collector.gather([judged.drawn for judged in draws], groups)
        rewards = _gathered(draws, groups)
        batch = rollout_batch(
            drawn,
            {name: reward.flatten() for name, reward in rewards.items()},
            spread(self._algorithm.advantages(rewards, self._weights), drawn.rollouts.mask),
            sum(judged.seconds for judged in draws),
            self._algorithm.keep_response(drawn.rollouts.finished) & learned,
        )
        return VerifiedBatch(**vars(batch), draws=tuple(draws), step=step)

    def reflect(self, batch: VerifiedBatch) -> dict[str, float]:
        # Only now, so that a step that diverged can be taken again with the same prompts.
        self._cursor.advance(len(batch.draws) * self._prompts_per_step)
        totals = torch.cat([weighted_sum(j.rewards, self._weights) for j in batch.draws])
        by_name = {
            f"reward_{name}": torch.cat([judged.rewards[name] for judged in batch.draws])
            for name in self._weights
        }
        rollouts = measure_rollouts(*(judged.drawn for judged in batch.draws))
        self._form.see(batch.step, rollouts["valid_share"])
        return {
            **rollouts,
            **measure_groups(totals),
            **{name: r.nanmean().item() for name, r in by_name.items() if not r.isnan().all()},
            "judge_seconds": batch.judge_seconds,
            "draws": len(batch.draws),
            "groups_kept": sum(len(judged.kept) for judged in batch.draws),
        }

    def show(self, batch: VerifiedBatch, step: int) -> list[Sample]:
        return show_rollouts(batch, self._gallery)

    def _draw(self, step: int) -> list[Judged]:
        draws: list[Judged] = []
        while len(draws) < self._algorithm.most_draws:
            # The first draw of a step gets the same chance whether or not others follow.
            purpose = f"rollouts {len(draws) + 1}" if draws else "rollouts"
            offset = len(draws) * self._prompts_per_step
            drawn = self._collector.respond(
                self._records(offset),
                self._randomness.generator(purpose, step),
                following=self._records(offset + self._prompts_per_step),
            )
            refuse_non_finite(drawn, step)
            # One rank judges, since a reward may be somebody's who cannot be asked twice.
            verdict = self._ranks.from_first(partial(self._judge, drawn))
            draws.append(Judged(drawn, *verdict))
            if sum(len(judged.kept) for judged in draws) >= self._prompts_per_step:
                break
        return draws

    def _records(self, offset: int) -> list[Record]:
        """A step's prompts from so many places further on."""
        items = self._cursor.ahead(offset, self._prompts_per_step)
        return [self._data.records[item] for item in items]

    def _judge(self, drawn: Drawn) -> tuple[dict[str, Tensor], list[int], float]:
        """The rewards, the groups to keep, and the seconds that it took to know."""
        began = time.perf_counter()
        prompts = len(drawn.records)
        verify_ahead(drawn.said)
        rewards = {name: judge(drawn).view(prompts, -1) for name, judge in self._judges.items()}
        lengths = drawn.rollouts.mask.sum(1).view(prompts, -1)
        kept = self._algorithm.keep_group(accuracy_of(drawn)).nonzero().flatten().tolist()
        shaped = self._algorithm.shape(lengths)
        return {**rewards, **shaped}, kept, time.perf_counter() - began


def first_kept(kept: Sequence[list[int]], most: int) -> list[list[int]]:
    """The first so many of the groups that draws have kept, by draw."""
    chosen = []
    for groups in kept:
        chosen.append(groups[:most])
        most -= len(chosen[-1])
    return chosen


def measure_groups(rewards: Tensor) -> dict[str, float]:
    """What there is to say of the weighted rewards (P, G); NaN where none applies."""
    if rewards.isnan().all():
        return {}
    deviations = deviation(rewards)
    deviations = deviations[~deviations.isnan()]
    measured = {"reward": rewards.nanmean().item()}
    if len(deviations):
        measured["reward_deviation"] = deviations.mean().item()
        measured["mixed_groups"] = (deviations > 0).float().mean().item()
    return measured


def _gathered(draws: Sequence[Judged], groups: Sequence[list[int]]) -> dict[str, Tensor]:
    """The rewards (P, G) of the chosen groups, by channel."""
    return {
        name: torch.cat(
            [judged.rewards[name][chosen] for judged, chosen in zip(draws, groups, strict=True)]
        )
        for name in draws[0].rewards
    }


def _refuse_rows_without_answers(data: DataSet) -> None:
    problems = [
        Problem(
            field=f"{record.id}.answer",
            message="prompts or groups are chosen by how often the answer is right, and this row "
            "has none; add it, or turn off dynamic_sampling and pass_rate",
        )
        for record in data.records
        if record.answer is None
    ]
    if problems:
        raise InvalidData(problems[:MOST_PROBLEMS])
