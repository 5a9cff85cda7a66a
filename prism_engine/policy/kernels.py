"""What a GPU computes with: attention that skips what is not seen, and layers fused by a compiler.

Layers are compiled for rows of `rows.py` alone. What a sampler or a discriminator does with them,
with a cache in between, goes through the plain ones.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.attention.flex_attention import BlockMask, create_block_mask, flex_attention
from transformers import AttentionInterface, AttentionMaskInterface, PreTrainedModel
from transformers.integrations.sdpa_attention import sdpa_attention_forward
from transformers.masking_utils import sdpa_mask

from prism_engine.policy.rows import Rows, sight

NAME = "prism_rows"
"""What transformers knows this attention by."""

BLOCK = 128
"""Places of a row that are looked at together, or skipped together."""


def attend(
    module: nn.Module,
    query: Tensor,
    key: Tensor,
    value: Tensor,
    attention_mask: Tensor | BlockMask | None,
    scaling: float | None = None,
    **given: Any,
) -> tuple[Tensor, None]:
    """Attention by blocks where the mask says which of them are seen, else torch's own."""
    if not isinstance(attention_mask, BlockMask):
        return sdpa_attention_forward(
            module, query, key, value, attention_mask, scaling=scaling, **given
        )
    # A prompt's keys are seen by all that follows, and few processors work on the gradient of one
    # head of them: most of a GPU would idle if heads of the queries shared keys.
    groups = query.shape[1] // key.shape[1]
    keys, values = (each.repeat_interleave(groups, dim=1) for each in (key, value))
    attended = flex_attention(query, keys, values, block_mask=attention_mask, scale=scaling)
    return attended.transpose(1, 2).contiguous(), None


AttentionInterface.register(NAME, attend)
AttentionMaskInterface.register(NAME, sdpa_mask)


def block_mask(rows: Rows) -> BlockMask:
    """Which blocks of places see which."""
    count, length = rows.prompt.shape
    compiled = rows.prompt.device.type == "cuda"
    return create_block_mask(
        sight(rows), count, None, length, length, rows.prompt.device, _compile=compiled
    )


def use_block_attention(model: PreTrainedModel) -> None:
    """Let the language model attend by blocks where it is given them."""
    model.model.language_model.config._attn_implementation = NAME


def attends_by_blocks(model: PreTrainedModel) -> bool:
    """Whether the language model may be given blocks, or masks of four dimensions."""
    return model.model.language_model.config._attn_implementation == NAME


def compile_layers(layers: Iterable[nn.Module]) -> None:
    """Let layers that attend by blocks run as fused kernels."""
    for layer in layers:
        layer.forward = _compiled(layer.forward)


def _compiled(forward: Callable[..., Tensor]) -> Callable[..., Tensor]:
    fused = torch.compile(forward)

    def run(*args: Any, attention_mask: Tensor | BlockMask | None = None, **kwargs: Any) -> Tensor:
        by_blocks = isinstance(attention_mask, BlockMask)
        return (fused if by_blocks else forward)(*args, attention_mask=attention_mask, **kwargs)

    return run
