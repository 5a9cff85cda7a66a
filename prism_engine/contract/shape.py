"""The shape of a Qwen3-VL: what its parameters are counted from, and its memory is estimated from.

Counting needs no torch, so that a server can say what a recipe would take before a GPU is asked.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any, Self

from pydantic import BaseModel, ConfigDict

from prism_engine.contract.settings import Lora

FAMILY = "qwen3_vl"
"""The `model_type` of the configurations that can be read here."""


class UnknownShape(ValueError):
    """A configuration that describes no Qwen3-VL."""


class _Numbers(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Language(_Numbers):
    """The language model."""

    width: int
    feed_forward: int
    layers: int
    heads: int
    key_heads: int
    head_width: int
    vocabulary: int
    tied: bool
    longest: int
    """Most tokens of a prompt with its response."""

    @property
    def queries(self) -> int:
        """Numbers in all queries of a token."""
        return self.heads * self.head_width

    @property
    def keys(self) -> int:
        """Numbers in all keys of a token, and as many in its values."""
        return self.key_heads * self.head_width

    @property
    def attention(self) -> int:
        """Weights of a layer's four projections and two norms of heads."""
        return 2 * self.width * (self.queries + self.keys) + 2 * self.head_width

    @property
    def block(self) -> int:
        """Weights of a layer's feed-forward block."""
        return 3 * self.width * self.feed_forward

    @property
    def embedding(self) -> int:
        return self.vocabulary * self.width

    @property
    def parameters(self) -> int:
        """All weights, the head's included where it is not the embedding."""
        layer = self.attention + self.block + 2 * self.width
        heads = 1 if self.tied else 2
        return self.layers * layer + self.width + heads * self.embedding


class Vision(_Numbers):
    """The vision tower and the projectors that end in the language model."""

    width: int
    feed_forward: int
    layers: int
    patch_numbers: int
    merged: int
    """Patches that become one image token."""
    positions: int
    deepstack: int
    """Layers whose features go into the language model beside the last one's."""

    @property
    def tower(self) -> int:
        """Weights of everything but the projectors."""
        width, inner = self.width, self.feed_forward
        attention = 4 * width * width + 4 * width
        layer = attention + 2 * width * inner + inner + width + 4 * width
        return self.layers * layer + (self.patch_numbers + 1 + self.positions) * width

    def projectors(self, out: int) -> int:
        """Weights of the mergers, whose results are `out` wide."""
        wide = self.merged * self.width
        merger = wide * wide + wide + wide * out + out
        # The last layer's features are normalised patch by patch, the others' after merging.
        return (1 + self.deepstack) * merger + 2 * self.width + self.deepstack * 2 * wide


class Shape(_Numbers):
    """A Qwen3-VL."""

    language: Language
    vision: Vision

    @classmethod
    def of(cls, config: dict[str, Any]) -> Self:
        """Read the content of a `config.json`.

        Raises:
            UnknownShape: it is that of another family of models.
        """
        if config.get("model_type") != FAMILY:
            raise UnknownShape(f"a model of type {config.get('model_type')}, not {FAMILY}")
        text, vision = config["text_config"], config["vision_config"]
        patch = vision["patch_size"] ** 2 * vision["temporal_patch_size"]
        return cls(
            language=Language(
                width=text["hidden_size"],
                feed_forward=text["intermediate_size"],
                layers=text["num_hidden_layers"],
                heads=text["num_attention_heads"],
                key_heads=text["num_key_value_heads"],
                head_width=text.get("head_dim")
                or text["hidden_size"] // text["num_attention_heads"],
                vocabulary=text["vocab_size"],
                tied=config.get("tie_word_embeddings", False),
                longest=text["max_position_embeddings"],
            ),
            vision=Vision(
                width=vision["hidden_size"],
                feed_forward=vision["intermediate_size"],
                layers=vision["depth"],
                patch_numbers=vision.get("in_channels", 3) * patch,
                merged=vision["spatial_merge_size"] ** 2,
                positions=vision["num_position_embeddings"],
                deepstack=len(vision["deepstack_visual_indexes"]),
            ),
        )

    @property
    def towers(self) -> dict[str, int]:
        """Weights by the name under which they can be frozen."""
        return {
            "vision": self.vision.tower,
            "projector": self.vision.projectors(self.language.width),
            "language": self.language.parameters,
        }

    @property
    def parameters(self) -> int:
        return sum(self.towers.values())

    def adapters(self, lora: Lora) -> int:
        """Weights of low-rank adapters at every projection of the language model."""
        text = self.language
        widths = [
            (text.width, text.queries), (text.width, text.keys), (text.width, text.keys),
            (text.queries, text.width),
            *[(text.width, text.feed_forward)] * 3,
        ]  # fmt: skip
        return text.layers * lora.rank * sum(read + written for read, written in widths)

    def scored(self, experts: int = 1) -> int:
        """Weights of a discriminator made from this model: no vocabulary's head, one score's.

        With several experts every feed-forward block is there as often, with a router.
        """
        text = self.language
        head = 0 if text.tied else text.embedding
        routers = experts * text.width if experts > 1 else 0
        added = text.layers * ((experts - 1) * text.block + routers)
        return self.parameters - head + added + text.width


@cache
def known_shapes() -> dict[str, Shape]:
    """Public models by their hub ids."""
    content = json.loads(Path(__file__).with_name("models.json").read_text("utf-8"))
    return {name: Shape.model_validate(numbers) for name, numbers in content.items()}
