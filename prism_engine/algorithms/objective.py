"""What a policy that learns from its own rollouts descends."""

from __future__ import annotations

import math
from dataclasses import dataclass

from torch import Tensor

from prism_engine.algorithms.algorithm import Algorithm, Tokens
from prism_engine.algorithms.mismatch import Correction, uncorrected


@dataclass(frozen=True)
class Objective:
    """L_t = w_t · l_t + β · KL_t, with the algorithm's l and the mismatch correction's w."""

    algorithm: Algorithm
    correction: Correction = uncorrected
    cap: float = math.inf  # largest w_t
    kl_coefficient: float = 0.0  # β
    kl_bias_correction: bool = False

    def token_loss(self, tokens: Tokens) -> Tensor:
        losses = self.correction(tokens, self.cap) * self.algorithm.token_loss(tokens)
        if tokens.reference_logprobs is None:
            return losses
        return losses + self.kl_coefficient * self._divergence(tokens)

    def token_weights(self, lengths: Tensor) -> Tensor:
        return self.algorithm.token_weights(lengths)

    def measure(self, tokens: Tokens) -> dict[str, Tensor]:
        weights = self.correction(tokens, self.cap)
        measured = {
            **self.algorithm.measure(tokens),
            "sampler_gap": (tokens.old_logprobs - tokens.behaviour_logprobs).abs(),
            "mismatch_weight": weights,
            "mismatch_masked": (weights == 0).to(weights),
        }
        if tokens.reference_logprobs is not None:
            measured["kl"] = k3(tokens.logprobs, tokens.reference_logprobs)
        return measured

    def _divergence(self, tokens: Tokens) -> Tensor:
        """(N,): k3, times the ratio where its gradient is to be that of the true divergence.

        k3 is taken over tokens of the old policy; the ratio makes them those of the learning one.
        """
        divergence = k3(tokens.logprobs, tokens.reference_logprobs)
        return self.algorithm.ratio(tokens) * divergence if self.kl_bias_correction else divergence


def k3(logprobs: Tensor, reference_logprobs: Tensor) -> Tensor:
    """(N,): exp(q - p) - (q - p) - 1, with p the policy's log-probabilities and q the other's.

    Schulman's k3 estimate of the divergence: unbiased and never negative
    (http://joschu.net/blog/kl-approx.html).
    """
    difference = reference_logprobs - logprobs
    return difference.exp() - difference - 1


def weighted_loss(losses: Tensor, weights: Tensor, row: Tensor) -> Tensor:
    """The share of a pass in the loss of an update: Σ_t weight of its response · loss.

    Args:
        losses: (N,) of the pass's tokens.
        weights: (B,) of the tokens of each response of the pass.
        row: (N,) int64; the response that each token belongs to.
    """
    return (weights.to(losses)[row] * losses).sum()
