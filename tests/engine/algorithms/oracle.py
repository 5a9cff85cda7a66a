"""Losses, gradients and advantages of every algorithm beside TRL's, on numbers drawn at random."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from itertools import product
from typing import Any

import torch
from torch import Tensor, nn

from prism_engine.algorithms import ALGORITHMS
from prism_engine.algorithms.advantages import ORDERS
from prism_engine.algorithms.mismatch import CORRECTIONS
from prism_engine.algorithms.objective import Objective
from prism_engine.batch import PromptBatch, TrainingBatch
from prism_engine.contract.algorithms import (
    Cispo,
    Dapo,
    DrGrpo,
    Grpo,
    Gspo,
    PolicyGradient,
    Rloo,
)
from prism_engine.contract.settings import Optimizer
from prism_engine.policy.host import Memory
from prism_engine.policy.learner import Learner, Passes
from prism_engine.policy.logprobs import TokenScores
from prism_engine.stages.rollouts import spread
from tests.engine.algorithms.trl_side import Answer, Asked, Given, grpo_of_trl, rloo_of_trl

LONGEST = 24
TRL_EPSILON = 1e-4
CAP = 1.5
NOWHERE_NEAR = 1e9
"""A norm to which no gradient is scaled down."""


@dataclass(frozen=True)
class Case:
    """One comparison: settings of ours, TRL's words for them, and the seed of the numbers."""

    name: str
    settings: PolicyGradient
    asked: Asked
    seed: int
    group: int
    order: str = "sum_then_normalise"
    kl_coefficient: float = 0.0
    kl_bias_correction: bool = False
    correction: str = "none"
    answer_of_trl: Callable[[Asked, Given], Answer] = grpo_of_trl

    @property
    def by_response(self) -> bool:
        """Whether a whole response has one ratio."""
        return self.settings.kind in ("gspo", "rloo")


def cases(seeds: int) -> Iterator[Case]:
    """Every algorithm with every divergence and correction, then RLOO, which has neither in TRL."""
    divergences = ((0.0, False), (0.3, False), (0.3, True))
    grid = product(range(seeds), _ALGORITHMS, divergences, sorted(CORRECTIONS))
    for number, (_, (settings, asked), (beta, bias), correction) in enumerate(grid):
        yield _case(number, settings, asked, beta, bias, correction)
    for seed in range(4 * seeds):
        yield Case(
            name=f"rloo-{seed}",
            settings=Rloo(clip_high=0.25),
            asked=Asked("", epsilon_high=0.25),
            seed=seed,
            group=(2, 4, 7, 16)[seed % 4],
            answer_of_trl=rloo_of_trl,
        )


_ALGORITHMS: tuple[tuple[PolicyGradient, dict[str, Any]], ...] = (
    (Grpo(average="response"), {"loss_type": "grpo"}),
    (Grpo(average="token"), {"loss_type": "dapo"}),
    (
        Dapo(overlong_filter=True),
        {"loss_type": "dapo", "epsilon_high": 0.28, "mask_truncated_completions": True},
    ),
    (
        Gspo(),
        {
            "loss_type": "grpo", "importance_sampling_level": "sequence",
            "epsilon_low": 3e-4, "epsilon_high": 4e-4,
        },
    ),
    (DrGrpo(), {"loss_type": "dr_grpo"}),
    (Cispo(weight_cap=1.2), {"loss_type": "cispo", "epsilon_high": 1.2}),
)  # fmt: skip


def _case(
    number: int,
    settings: PolicyGradient,
    asked: dict[str, Any],
    beta: float,
    bias: bool,
    correction: str,
) -> Case:
    scale = "none" if settings.kind == "dr_grpo" else ("group", "batch", "none")[number % 3]
    order = ("sum_then_normalise", "normalise_then_sum")[scale == "group" and number % 2]
    shared = {"scale_rewards": scale, "deviation_epsilon": TRL_EPSILON}
    return Case(
        name=f"{settings.kind}-{number}",
        settings=settings.model_copy(update=shared),
        asked=Asked(
            scale_rewards=scale,
            multi_objective_aggregation=order.replace("ise", "ize"),
            beta=beta,
            use_bias_correction_kl=bias,
            correction=None if correction == "none" else correction,
            correction_cap=CAP,
            max_completion_length=LONGEST,
            **asked,
        ),
        seed=number,
        group=(2, 4, 8, 5)[number % 4],
        order=order,
        kl_coefficient=beta,
        kl_bias_correction=bias,
        correction=correction,
    )


def draw(case: Case) -> Given:
    """Responses of random lengths and masks, off policy by enough to be clipped."""
    random = torch.Generator().manual_seed(case.seed)
    rows = case.group * max(2, 128 // case.group)

    def uniform(*shape: int) -> Tensor:
        return torch.rand(*shape, generator=random, dtype=torch.float64)

    def normal(*shape: int) -> Tensor:
        return torch.randn(*shape, generator=random, dtype=torch.float64)

    lengths = 2 + (uniform(rows) * (LONGEST - 1)).long()
    lengths[0] = LONGEST
    mask = torch.arange(LONGEST) < lengths[:, None]
    learned = mask & (uniform(rows, LONGEST) < 0.8)
    learned[:, 0] = True
    finished = uniform(rows) < 0.75
    old = -0.05 - 3 * uniform(rows, LONGEST)
    # A response's ratio is a product over its tokens, which must not leave all bounds far behind.
    deviation = 1.2 / LONGEST**0.5 if case.settings.kind == "rloo" else 0.6
    numbers = (rows // case.group, case.group)
    return Given(
        mask=mask,
        learned=mask if case.settings.kind == "rloo" else learned,
        finished=finished,
        logprobs=old + deviation * normal(rows, LONGEST),
        old_logprobs=old,
        behaviour_logprobs=old + 0.1 * normal(rows, LONGEST),
        reference_logprobs=old + 0.3 * normal(rows, LONGEST),
        rewards={
            "answer": uniform(*numbers).masked_fill(uniform(*numbers) < 0.05, torch.nan),
            "format": uniform(*numbers).masked_fill(uniform(*numbers) < 0.05, torch.nan),
        },
        weights={"answer": 0.8, "format": 0.2},
    )


class Table(nn.Module):
    """Log-probabilities as weights."""

    def __init__(self, logprobs: Tensor) -> None:
        super().__init__()
        self.logprobs = nn.Parameter(logprobs.flatten().clone())


class TablePolicy:
    """A policy whose log-probability of a token is looked up: token ids are places in a table."""

    device = torch.device("cpu")

    def __init__(self, logprobs: Tensor) -> None:
        self.model = Table(logprobs)

    def score(self, batch: TrainingBatch, temperature: float) -> TokenScores:
        found = self.model.logprobs[batch.response_ids[batch.learned_mask]]
        return TokenScores(found, torch.zeros_like(found).detach())

    def precision(self) -> AbstractContextManager[None]:
        return nullcontext()

    def rest_in(self, memory: Memory) -> None:
        """A table stays where it is."""


def answer_of_ours(case: Case, given: Given) -> Answer:
    """What the learner descends, by its own road, in passes of a few responses."""
    algorithm = ALGORITHMS[case.settings.kind](case.settings, LONGEST, ORDERS[case.order])
    advantages = algorithm.advantages(given.rewards, given.weights)
    if case.order == "normalise_then_sum":
        advantages = _normalised_once_more(advantages, given.rewards)
    learned = given.learned & algorithm.keep_response(given.finished)[:, None]
    policy = TablePolicy(given.logprobs)
    learner = Learner(
        policy,
        Objective(
            algorithm,
            CORRECTIONS[case.correction],
            CAP,
            case.kl_coefficient,
            case.kl_bias_correction,
        ),
        Optimizer(max_gradient_norm=NOWHERE_NEAR),
        1,
        Passes(tokens=5 * LONGEST),
        reference=TablePolicy(given.reference_logprobs) if case.kl_coefficient else None,
    )
    gradients: list[Tensor] = []
    policy.model.logprobs.register_hook(gradients.append)
    metrics = learner.update(_batch(case, given, learned, spread(advantages, given.mask)), 1)
    assert len(gradients) > 1, "several passes are meant to add up"
    return Answer(
        metrics["loss"],
        sum(gradients).view(given.mask.shape),
        advantages.flatten(),
        metrics["clip_fraction_low"],
        metrics["clip_fraction_high"],
    )


def _normalised_once_more(advantages: Tensor, rewards: dict[str, Tensor]) -> Tensor:
    """TRL divides the sum of normalised channels by its deviation over the batch; we do not."""
    scored = ~torch.stack([reward.isnan() for reward in rewards.values()]).all(0)
    mean, deviation = advantages[scored].mean(), advantages[scored].std()
    return ((advantages - mean) / (deviation + TRL_EPSILON)) * scored


def _batch(case: Case, given: Given, learned: Tensor, advantages: Tensor) -> TrainingBatch:
    rows, width = given.mask.shape
    prompts = rows // case.group
    return TrainingBatch(
        prompts=PromptBatch(
            input_ids=torch.zeros(prompts, 1, dtype=torch.int64),
            attention_mask=torch.ones(prompts, 1, dtype=torch.bool),
            token_types=torch.zeros(prompts, 1, dtype=torch.int64),
            position_ids=torch.zeros(3, prompts, 1, dtype=torch.int64),
            next_position=torch.ones(prompts, dtype=torch.int64),
            pixel_values=torch.zeros(0, 1),
            grid_thw=torch.zeros(0, 3, dtype=torch.int64),
            images_per_prompt=(0,) * prompts,
            patches_per_prompt=(0,) * prompts,
        ),
        prompt_index=torch.arange(prompts).repeat_interleave(case.group),
        response_ids=torch.arange(rows * width).view(rows, width),
        response_mask=given.mask,
        learned_mask=learned,
        behaviour_logprobs=given.behaviour_logprobs,
        advantages=advantages,
        old_logprobs=given.old_logprobs,
    )


@dataclass(frozen=True)
class Compared:
    """How far the two sides are from each other, and whether the case tells anything."""

    case: Case
    ours: Answer
    theirs: Answer

    @property
    def loss_difference(self) -> float:
        return abs(self.ours.loss - self.theirs.loss)

    @property
    def gradient_difference(self) -> float:
        return (self.ours.gradient - self.theirs.gradient).abs().max().item()

    @property
    def gradient_norm(self) -> float:
        return self.theirs.gradient.norm().item()

    @property
    def advantage_difference(self) -> float:
        return (self.ours.advantages - self.theirs.advantages).abs().max().item()

    @property
    def least_clipped(self) -> float:
        """The smaller of the shares that were clipped below and above, by TRL's own count.

        CISPO clips on one side only.
        """
        if self.theirs.clipped_low is None:
            return self.theirs.clipped_high
        return min(self.theirs.clipped_low, self.theirs.clipped_high)


def compare(case: Case) -> Compared:
    given = draw(case)
    return Compared(case, answer_of_ours(case, given), case.answer_of_trl(case.asked, given))
