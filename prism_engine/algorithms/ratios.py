"""How much likelier tokens and responses have become since the policy began to learn from them."""

from __future__ import annotations

import torch
from torch import Tensor

from prism_engine.algorithms.algorithm import Tokens


def token_ratio(tokens: Tokens) -> Tensor:
    """(N,): ρ_t = π(o_t) / π_old(o_t)."""
    return (tokens.logprobs - tokens.old_logprobs).exp()


def response_ratio(tokens: Tokens) -> Tensor:
    """(N,): ρ = π(o) / π_old(o) of the response that each token belongs to."""
    return sum_by_row(tokens.logprobs - tokens.old_logprobs, tokens).exp()[tokens.row]


def mean_response_ratio(tokens: Tokens) -> Tensor:
    """(N,): s = (π(o) / π_old(o))^(1/|o|) of the response (GSPO, arXiv 2507.18071, eq. 7)."""
    change = sum_by_row(tokens.logprobs - tokens.old_logprobs, tokens)
    length = sum_by_row(torch.ones_like(tokens.old_logprobs), tokens)
    return (change / length.clamp(min=1)).exp()[tokens.row]


def sum_by_row(values: Tensor, tokens: Tokens) -> Tensor:
    """(B,) the sums of the (N,) values over each response."""
    return values.new_zeros(tokens.rows).index_add(0, tokens.row, values)
