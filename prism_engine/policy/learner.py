"""The learner: one optimizer step on whatever batch it is given. It knows nothing of stages."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Tensor

from prism_engine.algorithms.algorithm import TokenLoss, Tokens
from prism_engine.batch import TrainingBatch
from prism_engine.contract.settings import Optimizer
from prism_engine.errors import Diverged
from prism_engine.policy.optimization import (
    ScheduledAdamW,
    load_trained_state,
    trained_state,
)
from prism_engine.policy.policy import Policy

MOST_TOKENS = 16_384
"""So many tokens go through the model at a time; gradients of a step's parts add up."""


@dataclass(frozen=True)
class Divergence:
    """A penalty on moving away from a policy that stays as it is."""

    reference: Policy
    coefficient: float


class PolicyLearner(Protocol):
    """What the loop needs of a learner."""

    def update(self, batch: TrainingBatch, step: int) -> dict[str, float]:
        """Learn from the batch and say how that went."""
        ...


class Spectator:
    """The learner of a stage in which the policy only plays and does not learn."""

    def update(self, batch: TrainingBatch, step: int) -> dict[str, float]:
        """Leave the policy as it is."""
        return {}


class Learner:
    """Updates a policy by gradient descent on a token loss."""

    def __init__(
        self,
        policy: Policy,
        loss: TokenLoss,
        settings: Optimizer,
        steps: int,
        *,
        temperature: float = 1.0,
        divergence: Divergence | None = None,
    ) -> None:
        self._policy = policy
        self._loss = loss
        self._temperature = temperature
        self._divergence = divergence
        self._optimizer = ScheduledAdamW(policy.model.parameters(), settings, steps)

    def update(self, batch: TrainingBatch, step: int) -> dict[str, float]:
        """Take one optimizer step on the mean loss of all learned tokens.

        Raises:
            Diverged: loss or gradient is not finite; the weights are as they were before.
        """
        batch = batch.to(self._policy.device)
        tokens = int(batch.learned_mask.sum())
        totals: defaultdict[str, float] = defaultdict(float)
        for part in batch.split(MOST_TOKENS):
            for name, numbers in self._learn(part, tokens).items():
                totals[name] += float(numbers.sum()) / tokens
        if not math.isfinite(totals["loss"]):
            raise Diverged(step, "loss")
        return {
            **totals,
            "gradient_norm": self._optimizer.step(step),
            "learning_rate": self._optimizer.learning_rate(step),
            "tokens": tokens,
        }

    def state(self) -> dict[str, Tensor]:
        return trained_state(self._policy.model, self._optimizer)

    def load_state(self, state: Mapping[str, Tensor]) -> None:
        load_trained_state(self._policy.model, self._optimizer, state)

    def _learn(self, part: TrainingBatch, tokens: int) -> dict[str, Tensor]:
        """Add the part's gradient, and measure its N tokens: (N,) numbers by metric."""
        learned = part.learned_mask
        scores = self._policy.score(part, self._temperature)
        scored = Tokens(
            logprobs=scores.logprobs,
            behaviour_logprobs=part.behaviour_logprobs[learned],
            advantages=part.advantages[:, None].expand_as(learned)[learned],
        )
        losses = self._loss.token_loss(scored)
        measured = {"entropy": scores.entropy, **self._loss.measure(scored)}
        if self._divergence is not None:
            measured["kl"] = self._k3(part, scores.logprobs)
            losses = losses + self._divergence.coefficient * measured["kl"]
        (losses.sum() / tokens).backward()
        return {"loss": losses.detach()} | {name: n.detach() for name, n in measured.items()}

    def _k3(self, part: TrainingBatch, logprobs: Tensor) -> Tensor:
        """(N,): exp(q - p) - (q - p) - 1, with p the policy's log-probabilities and q the other's.

        Schulman's k3 estimate of the divergence: unbiased and never negative.
        """
        with torch.no_grad():
            others = self._divergence.reference.score(part, self._temperature).logprobs
        difference = others - logprobs
        return difference.exp() - difference - 1
