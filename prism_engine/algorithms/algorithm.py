"""What an algorithm is: how rewards become an update. Pure functions of tensors."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from torch import Tensor


@dataclass(frozen=True)
class Tokens:
    """N tokens that are learned from: all those of B responses, one response after the other."""

    logprobs: Tensor  # (N,) log-probabilities of the policy, with gradient
    old_logprobs: Tensor  # (N,) those of the policy before it learned from these responses
    behaviour_logprobs: Tensor  # (N,) those of the sampler
    advantages: Tensor  # (N,)
    row: Tensor  # (N,) int64; the response that each token belongs to
    rows: int  # B
    reference_logprobs: Tensor | None = None  # (N,) those of the policy to stay close to


class TokenLoss(Protocol):
    """The loss of every token, how tokens are averaged, and what there is to measure."""

    def token_loss(self, tokens: Tokens) -> Tensor:
        """(N,) losses, not averaged yet."""
        ...

    def token_weights(self, lengths: Tensor) -> Tensor:
        """(B,) the weight of each token of a response; the loss is the weighted sum of losses.

        Args:
            lengths: (B,) how many tokens are learned from in every response of the update, so
                that the weights do not depend on how many go through the model at a time.
        """
        ...

    def measure(self, tokens: Tokens) -> dict[str, Tensor]:
        """Metrics as (N,) numbers, whose means are reported."""
        ...


class Algorithm(TokenLoss, Protocol):
    """A token loss together with the way from rewards to advantages."""

    reads_accuracy: bool
    """Whether groups are kept by how many of their answers are right."""

    most_draws: int
    """How often a step draws at most while groups are missing."""

    shaping: Mapping[str, float]
    """Weights of the rewards that the algorithm adds, by channel."""

    def keep_group(self, accuracy: Tensor) -> Tensor:
        """(P,) bool: which groups are learned from, by who is right (P, G)."""
        ...

    def keep_response(self, finished: Tensor) -> Tensor:
        """(B,) bool: which responses are learned from, by which were not cut (B,)."""
        ...

    def shape(self, lengths: Tensor) -> dict[str, Tensor]:
        """The rewards (P, G) that it adds, by channel, from the lengths of responses (P, G)."""
        ...

    def advantages(self, rewards: Mapping[str, Tensor], weights: Mapping[str, float]) -> Tensor:
        """(P, G) advantages from rewards (P, G) by channel; NaN where one does not apply."""
        ...

    def ratio(self, tokens: Tokens) -> Tensor:
        """(N,) how much likelier each token, or its response, has become; with gradient."""
        ...
