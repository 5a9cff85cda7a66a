"""Attention of a vision tower over all chunks of one length at once.

A vision tower attends within chunks: whole images, or the windows that Qwen2.5-VL cuts them into.
Without flash attention, transformers takes one chunk after the other in every layer. Chunks of
one length need no such loop: they are rows of one batch.
"""

from __future__ import annotations

from collections.abc import Callable
from types import MethodType
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.functional import scaled_dot_product_attention
from transformers.models.qwen3_vl.modeling_qwen3_vl import apply_rotary_pos_emb_vision


def batch_equal_chunks(visual: nn.Module) -> None:
    """Let every block of a vision tower attend to chunks of one length together."""
    for block in visual.blocks:
        block.attn.forward = MethodType(_attend, block.attn)


def compile_blocks(visual: nn.Module) -> None:
    """Let the blocks run as fused kernels wherever all chunks are of one length."""
    for block in visual.blocks:
        block.forward = _compiled(block)


def _compiled(block: nn.Module) -> Callable[..., Tensor]:
    @torch.compile
    def fused(hidden_states: Tensor, rows: int, position_embeddings: tuple[Tensor, ...]) -> Tensor:
        parts = _parts(block.attn, block.norm1(hidden_states), position_embeddings)
        attended = _attend_rows(*parts, rows, block.attn.scaling)
        attended = block.attn.proj(attended.reshape(hidden_states.shape))
        hidden_states = hidden_states + attended
        return hidden_states + block.mlp(block.norm2(hidden_states))

    plain = block.forward

    def forward(
        hidden_states: Tensor,
        cu_seqlens: Tensor,
        position_embeddings: tuple[Tensor, Tensor],
        **given: Any,
    ) -> Tensor:
        lengths = _lengths(cu_seqlens)
        if len(set(lengths)) == 1:
            return fused(hidden_states, len(lengths), position_embeddings)
        return plain(
            hidden_states, cu_seqlens=cu_seqlens, position_embeddings=position_embeddings, **given
        )

    return forward


def _attend(
    attention: nn.Module,
    hidden_states: Tensor,
    cu_seqlens: Tensor,
    position_embeddings: tuple[Tensor, Tensor],
    **_: Any,
) -> Tensor:
    """(patches, width) to the same; `cu_seqlens` (chunks + 1,) says where chunks begin and end."""
    query, key, value = _parts(attention, hidden_states, position_embeddings)
    lengths = _lengths(cu_seqlens)
    if len(set(lengths)) == 1:
        attended = _attend_rows(query, key, value, len(lengths), attention.scaling)
    else:
        attended = torch.empty_like(query)
        starts = cu_seqlens[:-1]
        for length in sorted(set(lengths)):
            equal = [number for number, other in enumerate(lengths) if other == length]
            first = starts[torch.tensor(equal, device=starts.device)]
            places = (first[:, None] + torch.arange(length, device=first.device)).flatten()
            parts = (tensor[places] for tensor in (query, key, value))
            attended[places] = _attend_rows(*parts, len(equal), attention.scaling)
    return attention.proj(attended.reshape(len(hidden_states), -1))


def _parts(
    attention: nn.Module, hidden_states: Tensor, position_embeddings: tuple[Tensor, ...]
) -> tuple[Tensor, Tensor, Tensor]:
    """Queries, keys and values of (patches, width), each (patches, heads, head_dim)."""
    qkv = attention.qkv(hidden_states).view(len(hidden_states), 3, attention.num_heads, -1)
    query, key, value = qkv.unbind(1)
    return *apply_rotary_pos_emb_vision(query, key, *position_embeddings), value


def _lengths(cu_seqlens: Tensor) -> list[int]:
    """How long the chunks are; a GPU is asked once for all of the layers."""
    if not hasattr(cu_seqlens, "chunk_lengths"):
        cu_seqlens.chunk_lengths = cu_seqlens.diff().tolist()
    return cu_seqlens.chunk_lengths


def _attend_rows(query: Tensor, key: Tensor, value: Tensor, rows: int, scale: float) -> Tensor:
    """(patches, heads, head_dim) of chunks of one length, one behind the other, to the same."""
    batched = (t.reshape(rows, -1, *t.shape[1:]).transpose(1, 2) for t in (query, key, value))
    return scaled_dot_product_attention(*batched, scale=scale).transpose(1, 2).reshape(query.shape)
