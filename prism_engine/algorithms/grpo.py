"""Group relative policy optimisation (DeepSeekMath, arXiv 2402.03300).

Simpler than the paper in three ways: one update per batch of rollouts, the mean over all tokens of
the step in place of a mean of means, and no divergence in the loss, which the learner adds if it
is asked to. Rewards of several channels are normalised one by one and then summed by weight, as
PRISM's released code does (arXiv 2604.28123).
"""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor

from prism_engine.algorithms.algorithm import Tokens
from prism_engine.contract.algorithms import Grpo as GrpoSettings

_EPSILON = 1e-6


class Grpo:
    """Clipped policy gradient with advantages relative to the group."""

    def __init__(self, settings: GrpoSettings) -> None:
        self._clip_low, self._clip_high = settings.clip_low, settings.clip_high
        self._deviation_floor = settings.deviation_floor

    def keep_group(self, rewards: Tensor) -> Tensor:
        """(P,) bool: every group of rewards (P, G) is kept, even one without a difference."""
        return torch.ones(len(rewards), dtype=torch.bool)

    def advantages(self, rewards: Mapping[str, Tensor], weights: Mapping[str, float]) -> Tensor:
        """(P, G): Σ_c w_c · (r_c - mean r_c) / max(std r_c, floor), over each group of (P, G)."""
        return sum(
            (weights[channel] * normalised(rewards[channel], self._deviation_floor))
            for channel in sorted(weights)
        )

    def token_loss(self, tokens: Tokens) -> Tensor:
        """(N,): -min(ρ·A, clip(ρ, 1-ε, 1+ε)·A) with ρ = π(token) / π_behaviour(token)."""
        ratio, clipped = self._ratios(tokens)
        return -torch.minimum(ratio * tokens.advantages, clipped * tokens.advantages)

    def measure(self, tokens: Tokens) -> dict[str, Tensor]:
        """The ratio, and where the clipped branch is the one that counts."""
        ratio, clipped = self._ratios(tokens)
        binding = clipped * tokens.advantages < ratio * tokens.advantages
        return {"ratio": ratio, "clip_fraction": binding.float()}

    def _ratios(self, tokens: Tokens) -> tuple[Tensor, Tensor]:
        ratio = (tokens.logprobs - tokens.behaviour_logprobs).exp()
        return ratio, ratio.clamp(1 - self._clip_low, 1 + self._clip_high)


def normalised(rewards: Tensor, deviation_floor: float) -> Tensor:
    """(P, G) z-scores within each group, with the unbiased deviation.

    A group whose rewards are all equal gets zeros.
    """
    deviation = rewards.std(dim=1, keepdim=True).clamp(min=deviation_floor)
    return (rewards - rewards.mean(dim=1, keepdim=True)) / (deviation + _EPSILON)
