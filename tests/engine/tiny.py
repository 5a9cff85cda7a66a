"""Models of a few thousand weights, saved as ordinary Hugging Face folders."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers
from transformers import (
    PreTrainedConfig,
    PreTrainedTokenizerFast,
    Qwen2_5_VLConfig,
    Qwen3VLConfig,
)

from prism_engine.policy.families import FAMILIES

SPECIAL = (
    "<|endoftext|>", "<|im_start|>", "<|im_end|>",
    "<|vision_start|>", "<|vision_end|>", "<|image_pad|>", "<|video_pad|>",
)  # fmt: skip

CHAT_TEMPLATE = """\
{%- for message in messages if message.role != 'system' -%}
<|im_start|>{{ message.role }}
{% if message.content is string -%}
{{ message.content }}
{%- else -%}
{%- for part in message.content -%}
{%- if part.type == 'image' -%}<|vision_start|><|image_pad|><|vision_end|>
{%- else -%}{{ part.text }}{%- endif -%}
{%- endfor -%}
{%- endif -%}<|im_end|>
{% endfor -%}
{%- if add_generation_prompt -%}<|im_start|>assistant
{% endif -%}"""


def save_tiny_model(
    folder: Path,
    seed: int = 0,
    text: Mapping[str, int] = MappingProxyType({}),
    vision: Mapping[str, int] = MappingProxyType({}),
    family: str = "qwen3_vl",
) -> Path:
    """Write a random model that knows single bytes and nothing else.

    `text` and `vision` replace sizes of its two towers.
    """
    tokenizer = byte_tokenizer()
    tokenizer.save_pretrained(folder)
    torch.manual_seed(seed)
    model = FAMILIES[family].policy(_CONFIGS[family](tokenizer, text, vision))
    for name, weight in model.named_parameters():
        if name.endswith("proj.bias"):
            torch.nn.init.normal_(weight, std=0.2)
    model.save_pretrained(folder)
    (folder / "preprocessor_config.json").write_text(
        json.dumps(
            {
                "image_processor_type": "Qwen2VLImageProcessor",
                "patch_size": 4,
                "temporal_patch_size": 2,
                "merge_size": 2,
                "size": {"shortest_edge": 64, "longest_edge": 4096},
                "image_mean": [0.5, 0.5, 0.5],
                "image_std": [0.5, 0.25, 0.5],
            }
        )
    )
    return folder


def byte_tokenizer() -> PreTrainedTokenizerFast:
    """Every byte is a token, and so is every name in `SPECIAL`."""
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    backend = Tokenizer(models.BPE({letter: i for i, letter in enumerate(alphabet)}, []))
    backend.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
    backend.decoder = decoders.ByteLevel()
    return PreTrainedTokenizerFast(
        tokenizer_object=backend,
        eos_token="<|im_end|>",
        pad_token="<|endoftext|>",
        additional_special_tokens=list(SPECIAL),
        chat_template=CHAT_TEMPLATE,
    )


def _qwen3_vl(
    tokenizer: PreTrainedTokenizerFast, text: Mapping[str, int], vision: Mapping[str, int]
) -> PreTrainedConfig:
    return Qwen3VLConfig(
        text_config={
            "vocab_size": len(tokenizer),
            "hidden_size": 32,
            "intermediate_size": 48,
            "num_hidden_layers": 2,
            "num_attention_heads": 4,
            "num_key_value_heads": 2,
            "head_dim": 16,
            "initializer_range": 0.2,
            "max_position_embeddings": 512,
            "rope_parameters": {
                "rope_type": "default", "rope_theta": 10000.0, "mrope_section": [4, 2, 2],
                "mrope_interleaved": True,
            },
            **text,
        },
        vision_config={
            "depth": 2, "hidden_size": 32, "intermediate_size": 48, "num_heads": 2,
            "patch_size": 4, "temporal_patch_size": 2, "spatial_merge_size": 2,
            "out_hidden_size": 32, "num_position_embeddings": 64,
            "deepstack_visual_indexes": [0], "initializer_range": 0.2,
            **vision,
        },
        **_vision_tokens(tokenizer),
        tie_word_embeddings=True,
    )  # fmt: skip


def _qwen2_5_vl(
    tokenizer: PreTrainedTokenizerFast, text: Mapping[str, int], vision: Mapping[str, int]
) -> PreTrainedConfig:
    """The first vision layer sees windows of 16 by 16 pixels, the second one whole images."""
    return Qwen2_5_VLConfig(
        text_config={
            "vocab_size": len(tokenizer),
            "hidden_size": 32,
            "intermediate_size": 48,
            "num_hidden_layers": 2,
            "num_attention_heads": 4,
            "num_key_value_heads": 2,
            "initializer_range": 0.2,
            "max_position_embeddings": 512,
            "bos_token_id": None, "eos_token_id": None,
            "rope_parameters": {
                "rope_type": "default", "rope_theta": 10000.0, "mrope_section": [2, 1, 1],
            },
            **text,
        },
        vision_config={
            "depth": 2, "hidden_size": 32, "intermediate_size": 48, "num_heads": 2,
            "patch_size": 4, "temporal_patch_size": 2, "spatial_merge_size": 2,
            "out_hidden_size": 32, "window_size": 16, "fullatt_block_indexes": [1],
            "initializer_range": 0.2,
            **vision,
        },
        **_vision_tokens(tokenizer),
        tie_word_embeddings=True,
    )  # fmt: skip


def _vision_tokens(tokenizer: PreTrainedTokenizerFast) -> dict[str, int]:
    ids = dict(zip(SPECIAL, tokenizer.convert_tokens_to_ids(list(SPECIAL)), strict=True))
    return {
        "image_token_id": ids["<|image_pad|>"],
        "video_token_id": ids["<|video_pad|>"],
        "vision_start_token_id": ids["<|vision_start|>"],
        "vision_end_token_id": ids["<|vision_end|>"],
    }


_CONFIGS = {"qwen3_vl": _qwen3_vl, "qwen2_5_vl": _qwen2_5_vl}
