"""The learner: optimizer steps on whatever batch it is given. It knows nothing of stages."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, replace
from statistics import fmean
from typing import Protocol

import torch
from torch import Tensor

from prism_engine.algorithms.algorithm import TokenLoss, Tokens
from prism_engine.algorithms.objective import weighted_loss
from prism_engine.batch import TrainingBatch
from prism_engine.contract.settings import Optimizer
from prism_engine.errors import Diverged
from prism_engine.policy.optimization import (
    ScheduledAdamW,
    load_trained_state,
    trained_state,
)
from prism_engine.policy.policy import Policy


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


@dataclass(frozen=True)
class Passes:
    """How a batch goes through the policy, and how often it is learned from."""

    tokens: int = 16_384  # so many go through the model at a time; gradients add up
    iterations: int = 1  # times that the batch is learned from
    mini_batches: int = 1  # optimizer steps that it is cut into, each time

    @property
    def updates(self) -> int:
        return self.iterations * self.mini_batches


class Learner:
    """Updates a policy by gradient descent on a token loss.

    Args:
        policy: what learns.
        loss: what is descended.
        settings: the optimizer's.
        steps: how many steps the run has; its schedule goes by them.
        passes: how a batch is gone through.
        temperature: that rollouts were drawn at; probabilities are taken at it.
        reference: the policy to stay close to, if the loss asks for that.
    """

    def __init__(
        self,
        policy: Policy,
        loss: TokenLoss,
        settings: Optimizer,
        steps: int,
        passes: Passes,
        *,
        temperature: float = 1.0,
        reference: Policy | None = None,
    ) -> None:
        self._policy = policy
        self._loss = loss
        self._passes = passes
        self._temperature = temperature
        self._reference = reference
        self._optimizer = ScheduledAdamW(policy.model.parameters(), settings, steps)

    def update(self, batch: TrainingBatch, step: int) -> dict[str, float]:
        """Learn from a batch; where there is nothing to learn the weights stay as they are.

        Raises:
            Diverged: loss or gradient is not finite; no optimizer step was taken with it.
        """
        batch = self._read_first(batch.to(self._policy.device))
        updates = [
            self._descend(mini_batch, step)
            for _ in range(self._passes.iterations)
            for mini_batch in batch.mini_batches(self._passes.mini_batches)
            if mini_batch.learned_mask.any()
        ]
        return {
            **{name: fmean(update[name] for update in updates) for name in (updates or [{}])[0]},
            "learning_rate": self._optimizer.learning_rate(step),
            "tokens": int(batch.learned_mask.sum()),
            "updates": len(updates),
        }

    def state(self) -> dict[str, Tensor]:
        return trained_state(self._policy.model, self._optimizer)

    def load_state(self, state: Mapping[str, Tensor]) -> None:
        load_trained_state(self._policy.model, self._optimizer, state)

    def _read_first(self, batch: TrainingBatch) -> TrainingBatch:
        """The batch with the log-probabilities that stay the same while it is learned from.

        With a single update the policy's own, unless the batch brings them, are those that the
        update computes anyway.
        """
        old, reference = batch.old_logprobs, None
        if old is None and self._passes.updates > 1:
            old = self._logprobs(self._policy, batch)
        if self._reference is not None:
            reference = self._logprobs(self._reference, batch)
        return replace(batch, old_logprobs=old, reference_logprobs=reference)

    @torch.no_grad()
    def _logprobs(self, policy: Policy, batch: TrainingBatch) -> Tensor:
        """(B, R), 0 where nothing is learned."""
        parts = [
            policy.score(part, self._temperature).logprobs
            for part in batch.split(self._passes.tokens)
        ]
        scored = torch.cat(parts)
        whole = scored.new_zeros(batch.learned_mask.shape)
        whole[batch.learned_mask] = scored
        return whole

    def _descend(self, batch: TrainingBatch, step: int) -> dict[str, float]:
        """Take one optimizer step."""
        lengths = batch.learned_mask.sum(1)
        weights = self._loss.token_weights(lengths)
        parts = list(batch.split(self._passes.tokens))
        shares = weights.split([len(part.prompt_index) for part in parts])
        # What was measured is looked at in the end: a GPU that is asked now must first be done.
        learned = [self._learn(*part) for part in zip(parts, shares, strict=True)]
        totals: defaultdict[str, float] = defaultdict(float)
        tokens = int(lengths.sum())
        for loss, measured in learned:
            totals["loss"] += loss.item()
            for name, number in measured.items():
                totals[name] += number.item() / tokens
        if not math.isfinite(totals["loss"]):
            raise Diverged(step, "loss")
        return {
            **totals,
            "useful_share": sum(part.tokens for part in parts) / sum(part.places for part in parts),
            "gradient_norm": self._optimizer.step(step),
        }

    def _learn(self, part: TrainingBatch, weights: Tensor) -> tuple[Tensor, dict[str, Tensor]]:
        """Add the part's gradient; returns its share of the loss and sums over tokens by metric."""
        with self._policy.precision():
            scores = self._policy.score(part, self._temperature)
            tokens = tokens_of(part, scores.logprobs)
            loss = weighted_loss(self._loss.token_loss(tokens), weights, tokens.row)
            loss.backward()
        with torch.no_grad():
            measured = {"entropy": scores.entropy, **self._loss.measure(tokens)}
        return loss.detach(), {name: numbers.sum() for name, numbers in measured.items()}


def tokens_of(batch: TrainingBatch, logprobs: Tensor) -> Tokens:
    """The learned tokens of a batch with the log-probabilities (N,) that the policy gives them."""
    learned = batch.learned_mask
    return Tokens(
        logprobs=logprobs,
        old_logprobs=logprobs.detach()
        if batch.old_logprobs is None
        else batch.old_logprobs[learned],
        behaviour_logprobs=batch.behaviour_logprobs[learned],
        advantages=batch.advantages[learned],
        row=learned.nonzero()[:, 0],
        rows=len(learned),
        reference_logprobs=None
        if batch.reference_logprobs is None
        else batch.reference_logprobs[learned],
    )
