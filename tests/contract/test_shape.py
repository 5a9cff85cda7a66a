"""Counting the weights of a model from its shape alone."""

from __future__ import annotations

import pytest

from prism_engine.contract.settings import Lora
from prism_engine.contract.shape import Shape, UnknownShape, known_shapes

SMALL = {
    "model_type": "qwen3_vl",
    "tie_word_embeddings": False,
    "text_config": {
        "hidden_size": 8, "intermediate_size": 20, "num_hidden_layers": 2,
        "num_attention_heads": 4, "num_key_value_heads": 2, "head_dim": 3, "vocab_size": 50,
        "max_position_embeddings": 100,
    },
    "vision_config": {
        "hidden_size": 4, "intermediate_size": 6, "depth": 3, "patch_size": 2,
        "temporal_patch_size": 2, "spatial_merge_size": 2, "num_position_embeddings": 9,
        "deepstack_visual_indexes": [0],
    },
}  # fmt: skip


def test_the_published_sizes_come_out():
    counts = {name.split("/")[1]: shape.parameters for name, shape in known_shapes().items()}
    assert counts == {
        "Qwen3-VL-2B-Instruct": 2_127_532_032,
        "Qwen3-VL-4B-Instruct": 4_437_815_808,
        "Qwen3-VL-8B-Instruct": 8_767_123_696,
    }


def test_every_weight_of_a_small_model_is_counted_by_hand():
    shape = Shape.of(SMALL)
    attention = 8 * 12 + 2 * 8 * 6 + 12 * 8 + 2 * 3
    layer = attention + 3 * 8 * 20 + 2 * 8
    assert shape.language.parameters == 2 * layer + 8 + 2 * 50 * 8
    block = (4 * 12 + 12) + (4 * 4 + 4) + (4 * 6 + 6) + (6 * 4 + 4) + 2 * 2 * 4
    assert shape.vision.tower == 3 * block + (24 * 4 + 4) + 9 * 4
    merger = (16 * 16 + 16) + (16 * 8 + 8)
    assert shape.towers["projector"] == 2 * merger + 2 * 4 + 2 * 16
    assert shape.parameters == sum(shape.towers.values())


def test_a_discriminator_has_a_score_in_place_of_a_vocabulary():
    shape = Shape.of(SMALL)
    dense = shape.parameters - 50 * 8 + 8
    assert shape.scored() == dense
    assert shape.scored(experts=4) == dense + 2 * (3 * 3 * 8 * 20 + 4 * 8)


def test_adapters_stand_at_every_projection_of_the_language_model():
    layer = (8 + 12) + 2 * (8 + 6) + (12 + 8) + 3 * (8 + 20)
    assert Shape.of(SMALL).adapters(Lora(rank=5)) == 2 * 5 * layer


def test_other_families_are_refused_by_name():
    with pytest.raises(UnknownShape, match="type llava, not qwen3_vl"):
        Shape.of({"model_type": "llava"})
