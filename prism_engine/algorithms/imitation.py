"""Imitation: the cross entropy of demonstrations, as a token loss like any other."""

from __future__ import annotations

from torch import Tensor

from prism_engine.algorithms.algorithm import Tokens


class Imitation:
    """The loss of supervised fine-tuning."""

    def token_loss(self, tokens: Tokens) -> Tensor:
        """(N,): -log π(token)."""
        return -tokens.logprobs

    def measure(self, tokens: Tokens) -> dict[str, Tensor]:
        """Nothing: the loss says it all."""
        return {}
