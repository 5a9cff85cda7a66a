"""Imitation: the cross entropy of demonstrations, as a token loss like any other."""

from __future__ import annotations

from torch import Tensor

from prism_engine.algorithms.algorithm import Tokens
from prism_engine.algorithms.averages import over_tokens


class Imitation:
    """The loss of supervised fine-tuning."""

    def token_loss(self, tokens: Tokens) -> Tensor:
        """(N,): -log π(token)."""
        return -tokens.logprobs

    def token_weights(self, lengths: Tensor) -> Tensor:
        """The mean over all tokens."""
        return over_tokens(lengths)

    def measure(self, tokens: Tokens) -> dict[str, Tensor]:
        """Nothing: the loss says it all."""
        return {}
