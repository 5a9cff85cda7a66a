"""A Qwen3-VL Mixture of Experts that ends in one number instead of a vocabulary."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor, nn
from transformers import DynamicCache, Qwen3VLMoeConfig
from transformers.models.qwen3_vl_moe.modeling_qwen3_vl_moe import (
    Qwen3VLMoeModel,
    Qwen3VLMoePreTrainedModel,
)

from prism_engine.batch import PromptBatch
from prism_engine.discriminators.router import Router
from prism_engine.discriminators.sections import SectionBatch
from prism_engine.policy.precision import widened
from prism_engine.policy.vision import batch_equal_images


@dataclass(frozen=True)
class ReadPrompts:
    """Prompts that the model has read: what a section continues."""

    layers: tuple[tuple[Tensor, Tensor], ...]  # keys and values (P, heads, T, head_dim) per layer
    attention_mask: Tensor  # (P, T) bool
    router_logits: tuple[Tensor, ...]  # (tokens, experts) per layer, without padding


class Scored(NamedTuple):
    """What the model says of N sections."""

    scores: Tensor  # (N,) float32, without bounds
    router_logits: tuple[Tensor, ...]  # (tokens, experts) per layer, without padding


class SparseScorer(Qwen3VLMoePreTrainedModel):
    """The paper's discriminator as an ordinary transformers model (arXiv 2604.28123).

    The head has no dropout: the scores that are rewards and the scores that are learned from are
    the same numbers.
    """

    def __init__(self, config: Qwen3VLMoeConfig) -> None:
        super().__init__(config)
        self.model = Qwen3VLMoeModel(config)
        for layer in self.model.language_model.layers:
            layer.mlp.gate = Router(config.text_config)
        batch_equal_images(self.model.visual)
        self.score = nn.Linear(config.text_config.hidden_size, 1, bias=False)
        self.post_init()

    def forward(self, prompts: PromptBatch, passes: Sequence[SectionBatch]) -> Scored:
        """Score sections, images and prompts being encoded once for all of them.

        Args:
            prompts: P prompts.
            passes: sections that continue them, in batches of like length.
        """
        read = self.read(prompts)
        scored = [self._follow(read, sections) for sections in passes]
        routed = [read.router_logits, *(part.router_logits for part in scored)]
        return Scored(
            scores=torch.cat([part.scores for part in scored]),
            router_logits=tuple(torch.cat(layer) for layer in zip(*routed, strict=True)),
        )

    def read(self, prompts: PromptBatch) -> ReadPrompts:
        """Encode images and prompts, each once, however many sections follow."""
        outputs = self.model(
            input_ids=prompts.input_ids,
            attention_mask=prompts.attention_mask,
            position_ids=prompts.position_ids,
            pixel_values=prompts.pixel_values if len(prompts.grid_thw) else None,
            image_grid_thw=prompts.grid_thw if len(prompts.grid_thw) else None,
            past_key_values=DynamicCache(config=self.config.text_config),
            use_cache=True,
            output_router_logits=True,
        )
        return ReadPrompts(
            layers=tuple((layer.keys, layer.values) for layer in outputs.past_key_values.layers),
            attention_mask=prompts.attention_mask,
            router_logits=_without_padding(outputs.router_logits, prompts.attention_mask),
        )

    def _follow(self, prompts: ReadPrompts, sections: SectionBatch) -> Scored:
        index = sections.prompt_index
        outputs = self.model.language_model(
            inputs_embeds=self.model.get_input_embeddings()(sections.ids),
            attention_mask=torch.cat([prompts.attention_mask[index], sections.mask], dim=1),
            position_ids=sections.position_ids,
            past_key_values=DynamicCache(
                (keys[index], values[index]) for keys, values in prompts.layers
            ),
            use_cache=True,
            output_router_logits=True,
        )
        rows = torch.arange(len(index), device=index.device)
        ends = outputs.last_hidden_state[rows, sections.scored]
        with torch.autocast(ends.device.type, enabled=False):
            scores = self.score(widened(ends)).squeeze(-1)
        return Scored(scores, _without_padding(outputs.router_logits, sections.mask))


def _without_padding(router_logits: tuple[Tensor, ...], mask: Tensor) -> tuple[Tensor, ...]:
    return tuple(layer[mask.flatten()] for layer in router_logits)
