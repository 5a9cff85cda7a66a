"""What an algorithm is: how rewards become an update. Pure functions of tensors."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from torch import Tensor


@dataclass(frozen=True)
class Tokens:
    """N tokens that are learned from."""

    logprobs: Tensor  # (N,) log-probabilities of the policy, with gradient
    behaviour_logprobs: Tensor  # (N,) log-probabilities of the sampler
    advantages: Tensor  # (N,) each token's, that of its response


class TokenLoss(Protocol):
    """The loss of every token, and what there is to measure about it."""

    def token_loss(self, tokens: Tokens) -> Tensor:
        """(N,) losses; the learner takes their mean over all tokens of the step."""
        ...

    def measure(self, tokens: Tokens) -> dict[str, Tensor]:
        """Metrics as (N,) numbers, whose means are reported."""
        ...


class Algorithm(TokenLoss, Protocol):
    """A token loss together with the way from rewards to advantages."""

    def keep_group(self, rewards: Tensor) -> Tensor:
        """(P,) bool: which groups are learned from, by their rewards (P, G)."""
        ...

    def advantages(self, rewards: Mapping[str, Tensor], weights: Mapping[str, float]) -> Tensor:
        """(P, G) advantages from rewards (P, G) by channel."""
        ...
