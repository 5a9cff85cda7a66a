"""Group sequence policy optimisation (arXiv 2507.18071)."""

from __future__ import annotations

from torch import Tensor

from prism_engine.algorithms.algorithm import Tokens
from prism_engine.algorithms.averages import over_responses
from prism_engine.algorithms.group_relative import ClippedGroupRelative
from prism_engine.algorithms.ratios import mean_response_ratio


class Gspo(ClippedGroupRelative):
    """-min(s·A, clip(s)·A) with one ratio a response: the geometric mean of its tokens' ratios."""

    def ratio(self, tokens: Tokens) -> Tensor:
        return mean_response_ratio(tokens)

    def token_weights(self, lengths: Tensor) -> Tensor:
        return over_responses(lengths)
