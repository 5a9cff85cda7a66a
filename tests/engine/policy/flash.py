"""A stand-in for flash-attn: its functions in plain torch, for any device and number format."""

from __future__ import annotations

from itertools import pairwise
from types import ModuleType

import pytest
import torch
from torch import Tensor
from transformers import PreTrainedModel, modeling_flash_attention_utils
from transformers.modeling_flash_attention_utils import _pad_input, _unpad_input


def flash_attn_func(
    q: Tensor,
    k: Tensor,
    v: Tensor,
    dropout_p: float = 0.0,
    softmax_scale: float | None = None,
    causal: bool = False,
) -> Tensor:
    """(B, places, heads, head_dim); the last query sees all keys, the one before it one less."""
    groups = q.shape[2] // k.shape[2]
    queries, keys, values = (
        each.transpose(1, 2) for each in (q, *(t.repeat_interleave(groups, 2) for t in (k, v)))
    )
    scores = queries @ keys.transpose(2, 3) * (softmax_scale or q.shape[-1] ** -0.5)
    if causal:
        ahead = torch.ones(scores.shape[-2:], dtype=torch.bool)
        scores = scores.masked_fill(ahead.triu(k.shape[1] - q.shape[1] + 1), float("-inf"))
    return (scores.softmax(-1) @ values).transpose(1, 2)


def flash_attn_varlen_func(
    q: Tensor,
    k: Tensor,
    v: Tensor,
    cu_seqlens_q: Tensor,
    cu_seqlens_k: Tensor,
    max_seqlen_q: int,
    max_seqlen_k: int,
    dropout_p: float = 0.0,
    softmax_scale: float | None = None,
    causal: bool = False,
) -> Tensor:
    """(places of all sequences, heads, head_dim)."""
    parts = [
        flash_attn_func(q[None, a:b], k[None, c:d], v[None, c:d], 0.0, softmax_scale, causal)[0]
        for (a, b), (c, d) in zip(
            pairwise(cu_seqlens_q.tolist()), pairwise(cu_seqlens_k.tolist()), strict=True
        )
    ]
    return torch.cat(parts)


def install(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Let transformers find the stand-in; returns the kernels that it loads from here on."""
    loaded: list[str] = []

    def load(implementation: str, *args: object, **kwargs: object) -> tuple[object, ...]:
        loaded.append(implementation)
        return flash_attn_func, flash_attn_varlen_func, None, _pad_input, _unpad_input

    utilities: ModuleType = modeling_flash_attention_utils
    monkeypatch.setattr(utilities, "_lazy_imports", load)
    monkeypatch.setattr(utilities, "_loaded_implementation", None)
    monkeypatch.setattr(PreTrainedModel, "_flash_attn_can_dispatch", lambda *args, **kwargs: True)
    return loaded
