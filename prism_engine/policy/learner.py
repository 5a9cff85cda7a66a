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
from prism_engine.distributed.ranks import Pass
from prism_engine.distributed.single import ALONE
from prism_engine.distributed.strategy import Strategy
from prism_engine.errors import Diverged
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
        strategy: how the ranks of the run share the work.
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
        strategy: Strategy = ALONE,
    ) -> None:
        self._policy = policy
        self._loss = loss
        self._passes = passes
        self._temperature = temperature
        self._reference = reference
        self._ranks = strategy.ranks
        self.engine = strategy.prepare(policy.model, settings, steps)
        policy.rest_in(strategy.memory)
        policy.whole = self.engine.whole

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
            "learning_rate": self.engine.learning_rate(step),
            "tokens": int(batch.learned_mask.sum()),
            "updates": len(updates),
        }

    @property
    def mark(self) -> Tensor:
        """Is written to whenever weights change."""
        return self.engine.mark

    def state(self) -> dict[str, Tensor]:
        return self.engine.state()

    def load_state(self, state: Mapping[str, Tensor]) -> None:
        self.engine.load_state(state)

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
        passes = self._ranks.passes(batch, self._passes.tokens)
        scored = [
            self.engine.compute(policy.score, one.batch, self._temperature).logprobs
            for one in passes
        ]
        whole = scored[0].new_zeros(batch.learned_mask.shape)
        for one, logprobs in zip(passes, scored, strict=True):
            if one.counted:
                whole[one.rows, : one.width][one.batch.learned_mask] = logprobs
        return self._ranks.total(whole)

    def _descend(self, batch: TrainingBatch, step: int) -> dict[str, float]:
        """Take one optimizer step."""
        lengths = batch.learned_mask.sum(1)
        weights = self._loss.token_weights(lengths)
        passes = self._ranks.passes(batch, self._passes.tokens)
        self.engine.begin(images=len(batch.prompts.grid_thw) > 0)
        # What was measured is looked at in the end: a GPU that is asked now must first be done.
        learned = [self._learn(one, weights[one.rows] * one.counted) for one in passes]
        totals: defaultdict[str, float] = defaultdict(float)
        tokens = int(lengths.sum())
        for one, (loss, measured) in zip(passes, learned, strict=True):
            totals["loss"] += loss.item()
            for name, number in measured.items():
                totals[name] += number.item() / tokens * one.counted
            totals["read"] += one.batch.tokens
            totals["places"] += one.batch.places
        totals = self._ranks.sums(totals)
        if not math.isfinite(totals["loss"]):
            raise Diverged(step, "loss")
        useful_share = totals.pop("read") / totals.pop("places")
        norm = self.engine.step(step)
        return {**totals, "useful_share": useful_share, "gradient_norm": norm}

    def _learn(self, one: Pass, weights: Tensor) -> tuple[Tensor, dict[str, Tensor]]:
        """Add the pass's gradient; returns its share of the loss and sums over tokens by metric."""
        scores = self.engine.compute(self._policy.score, one.batch, self._temperature)
        tokens = tokens_of(one.batch, scores.logprobs)
        loss = weighted_loss(self._loss.token_loss(tokens), weights, tokens.row)
        with self._policy.precision():
            self.engine.backward(loss)
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
