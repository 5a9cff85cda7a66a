"""Clipped importance-sampling weights (CISPO of MiniMax-M1, arXiv 2506.13585, eqs. 4 and 5)."""

from __future__ import annotations

import torch
from torch import Tensor

from prism_engine.algorithms.advantages import Order, normalise_then_sum
from prism_engine.algorithms.algorithm import Tokens
from prism_engine.algorithms.averages import over_tokens
from prism_engine.algorithms.group_relative import GroupRelative
from prism_engine.algorithms.ratios import token_ratio
from prism_engine.contract.algorithms import Cispo as CispoSettings


class Cispo(GroupRelative):
    """-sg[min(ρ, cap)] · A · log π(token): the weight is clipped, the gradient never vanishes."""

    def __init__(
        self, settings: CispoSettings, longest_response: int, order: Order = normalise_then_sum
    ) -> None:
        super().__init__(settings, longest_response, order)
        self._cap = settings.weight_cap

    def ratio(self, tokens: Tokens) -> Tensor:
        return token_ratio(tokens)

    def token_loss(self, tokens: Tokens) -> Tensor:
        weight = self.ratio(tokens).detach().clamp(max=self._cap)
        return -weight * tokens.advantages * tokens.logprobs

    def token_weights(self, lengths: Tensor) -> Tensor:
        return over_tokens(lengths)

    def measure(self, tokens: Tokens) -> dict[str, Tensor]:
        ratio = self.ratio(tokens)
        above = (ratio > self._cap).to(ratio)
        return {
            "ratio": ratio,
            "clip_fraction": above,
            "clip_fraction_low": torch.zeros_like(ratio),
            "clip_fraction_high": above,
        }
