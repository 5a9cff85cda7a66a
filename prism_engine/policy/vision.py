"""Attention of the vision tower over all images of one size at once.

Without flash attention, transformers attends to one image after the other in every layer. Images
of one size need no such loop: they are rows of one batch. Images of different sizes still take
the loop.
"""

from __future__ import annotations

from types import MethodType
from typing import Any

from torch import Tensor, nn
from torch.nn.functional import scaled_dot_product_attention
from transformers.models.qwen3_vl.modeling_qwen3_vl import apply_rotary_pos_emb_vision


def batch_equal_images(visual: nn.Module) -> None:
    """Let every block of a Qwen3-VL vision tower attend to equal images together."""
    for block in visual.blocks:
        block.attn.forward = MethodType(_attend, block.attn)


def _attend(
    attention: nn.Module,
    hidden_states: Tensor,
    cu_seqlens: Tensor,
    position_embeddings: tuple[Tensor, Tensor],
    **kwargs: Any,
) -> Tensor:
    """(patches, width) to the same; `cu_seqlens` (images + 1,) says where images begin and end."""
    lengths = cu_seqlens.diff()
    if bool((lengths != lengths[0]).any()):
        return type(attention).forward(
            attention, hidden_states, cu_seqlens, position_embeddings, **kwargs
        )
    patches, images = len(hidden_states), len(lengths)
    query, key, value = (
        attention.qkv(hidden_states).view(patches, 3, attention.num_heads, -1).unbind(1)
    )
    query, key = apply_rotary_pos_emb_vision(query, key, *position_embeddings)
    batched = (t.reshape(images, -1, *t.shape[1:]).transpose(1, 2) for t in (query, key, value))
    attended = scaled_dot_product_attention(*batched, scale=attention.scaling)
    return attention.proj(attended.transpose(1, 2).reshape(patches, -1))
