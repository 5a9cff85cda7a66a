"""A Qwen3-VL of half a million parameters, as an ordinary Hugging Face folder."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import torch
from transformers import GenerationConfig, Qwen3VLConfig, Qwen3VLForConditionalGeneration

from prism_engine.data.miniature.picture import SIDE
from prism_engine.data.miniature.tokenizer import write_tokenizer
from prism_engine.data.miniature.vocabulary import (
    END,
    IMAGE,
    PAD,
    VIDEO,
    VISION_END,
    VISION_START,
    WORDS,
)

PATCH = 8
MERGE = 2
"""So that one merged patch is one cell of the grid."""

WIDTH, LAYERS = 96, 2
VISION_WIDTH, VISION_LAYERS = 64, 2
INITIALIZER_RANGE = 0.08
"""With the usual 0.02 a model as narrow as this one learns to see four times more slowly."""
POSITION_RANGE = 0.5
"""As large as what a patch shows, in which its place would drown for hundreds of steps."""


def write_model(folder: Path, seed: int, words: Sequence[str] = WORDS) -> None:
    """Write an untrained model that `Qwen3VLForConditionalGeneration.from_pretrained` loads."""
    folder.mkdir(parents=True, exist_ok=True)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model = Qwen3VLForConditionalGeneration(_config(len(words)))
        torch.nn.init.normal_(model.model.visual.pos_embed.weight, std=POSITION_RANGE)
    model.generation_config = GenerationConfig(
        do_sample=True, eos_token_id=WORDS.index(END), pad_token_id=WORDS.index(PAD)
    )
    model.save_pretrained(folder)
    write_tokenizer(folder, words)
    settings = json.dumps(_image_settings(), indent=2)
    (folder / "preprocessor_config.json").write_text(settings + "\n", encoding="utf-8")


def _config(words: int) -> Qwen3VLConfig:
    text = {
        "vocab_size": words,
        "hidden_size": WIDTH,
        "intermediate_size": 4 * WIDTH,
        "num_hidden_layers": LAYERS,
        "num_attention_heads": 4,
        "num_key_value_heads": 4,
        "head_dim": 24,
        "max_position_embeddings": 512,
        "initializer_range": INITIALIZER_RANGE,
        "rope_parameters": {
            "rope_type": "default",
            "rope_theta": 5_000_000.0,
            "mrope_section": [4, 4, 4],
            "mrope_interleaved": True,
        },
        "tie_word_embeddings": True,
        "pad_token_id": WORDS.index(PAD),
        "eos_token_id": WORDS.index(END),
    }
    vision = {
        "depth": VISION_LAYERS,
        "hidden_size": VISION_WIDTH,
        "intermediate_size": 2 * VISION_WIDTH,
        "num_heads": 4,
        "patch_size": PATCH,
        "spatial_merge_size": MERGE,
        "temporal_patch_size": 1,
        "out_hidden_size": WIDTH,
        "num_position_embeddings": (SIDE // PATCH) ** 2,
        "deepstack_visual_indexes": [0],
        "initializer_range": INITIALIZER_RANGE,
    }
    return Qwen3VLConfig(
        text_config=text,
        vision_config=vision,
        image_token_id=WORDS.index(IMAGE),
        video_token_id=WORDS.index(VIDEO),
        vision_start_token_id=WORDS.index(VISION_START),
        vision_end_token_id=WORDS.index(VISION_END),
        tie_word_embeddings=True,
    )


def _image_settings() -> dict[str, object]:
    return {
        "image_processor_type": "Qwen2VLImageProcessor",
        "do_convert_rgb": True,
        "do_resize": True,
        "do_rescale": True,
        "do_normalize": True,
        "size": {"shortest_edge": SIDE**2 // 4, "longest_edge": SIDE**2 * 4},
        "patch_size": PATCH,
        "temporal_patch_size": 1,
        "merge_size": MERGE,
        "image_mean": [0.5, 0.5, 0.5],
        "image_std": [0.5, 0.5, 0.5],
    }
