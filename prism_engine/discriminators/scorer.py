"""A vision-language model that ends in one number instead of a vocabulary."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Any, NamedTuple, Self

import torch
from torch import Tensor, nn
from transformers import AutoConfig, PreTrainedConfig, PreTrainedModel
from transformers.initialization import no_init_weights

from prism_engine.batch import PromptBatch
from prism_engine.contract.discriminators import Reading
from prism_engine.discriminators.pooling import POOLINGS, READ
from prism_engine.discriminators.router import Pooled, Router, own, recorded_logits
from prism_engine.discriminators.sections import SectionBatch
from prism_engine.policy.families import FAMILIES
from prism_engine.policy.precision import widened
from prism_engine.policy.prefix import ContinuedCache, PromptCache
from prism_engine.policy.vision import batch_equal_chunks

_HEAD_DEVIATION = 0.02


class ScorerConfig(PreTrainedConfig):
    """The `config.json` of a discriminator that is a network.

    Its `model_type` is its own, so that nobody takes it for the policy that it was made from.
    """

    model_type = "prism_discriminator"

    discriminator: str = ""
    channels: list[str] | None = None
    pooling: str = ""
    experts: int | None = None
    experts_per_token: int | None = None
    expert_noise: float | None = None
    body: dict[str, Any] | None = None

    def of_body(self) -> PreTrainedConfig:
        """The settings of the policy whose towers these are."""
        return AutoConfig.for_model(**self.body)


@dataclass(frozen=True)
class ReadPrompts:
    """Prompts that the model has read: what a section continues."""

    cache: PromptCache
    attention_mask: Tensor  # (P, T) bool
    router_logits: tuple[Tensor, ...]  # (tokens, experts) per sparse layer, without padding


class Scored(NamedTuple):
    """What the model says of N sections."""

    scores: Tensor  # (N,) float32, without bounds
    router_logits: tuple[Tensor, ...]  # (tokens, experts) per sparse layer, without padding


class Scorer(PreTrainedModel):
    """The towers of a policy under a scalar head.

    The head has no dropout: the scores that are rewards and the scores that are learned from are
    the same numbers.
    """

    config_class = ScorerConfig
    base_model_prefix = "model"
    _supports_sdpa = True

    def __init__(self, config: ScorerConfig) -> None:
        super().__init__(config)
        body = config.of_body()
        self.model = FAMILIES[body.model_type].body(body)
        batch_equal_chunks(self.model.visual)
        self.score = nn.Linear(body.text_config.hidden_size, 1, bias=False)
        self.post_init()

    @classmethod
    def grown(
        cls,
        policy: PreTrainedModel,
        settings: Reading,
        channels: Iterable[str],
        generator: torch.Generator,
    ) -> Self:
        """A scorer on the CPU with the weights of a policy; its head comes from `generator`."""
        scorer = cls._blank(policy, settings, channels)
        scorer.model.load_state_dict(policy.model.state_dict())
        scorer._draw_head(generator)
        return scorer

    @classmethod
    def _blank(cls, policy: PreTrainedModel, settings: Reading, channels: Iterable[str]) -> Self:
        """A scorer shaped after a policy, whose weights are still to be filled in."""
        body = policy.config.to_dict()
        body["_name_or_path"] = ""
        config = ScorerConfig(
            discriminator=settings.kind,
            channels=list(channels),
            body=body,
            dtype=policy.dtype,
            **settings.model_dump(exclude={"kind"}),
        )
        with no_init_weights():
            return cls(config).to(policy.dtype)

    @torch.no_grad()
    def _draw_head(self, generator: torch.Generator) -> None:
        self.score.weight.normal_(0, _HEAD_DEVIATION, generator=generator)

    def imbalance(self, router_logits: Sequence[Tensor], pooled: Pooled = own) -> Tensor:
        """How unevenly experts are used: 1 is even, and 0 stands for having none.

        `pooled` makes means over the tokens of all ranks, where these are not all.
        """
        return self.score.weight.new_zeros(())

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
        with recorded_logits(self._routers()) as logits:
            outputs = self.model(
                input_ids=prompts.input_ids,
                attention_mask=prompts.attention_mask,
                position_ids=prompts.position_ids,
                pixel_values=prompts.pixel_values if len(prompts.grid_thw) else None,
                image_grid_thw=prompts.grid_thw if len(prompts.grid_thw) else None,
                past_key_values=PromptCache(),
                use_cache=True,
            )
        return ReadPrompts(
            cache=outputs.past_key_values,
            attention_mask=prompts.attention_mask,
            router_logits=_without_padding(logits, prompts.attention_mask),
        )

    def _follow(self, prompts: ReadPrompts, sections: SectionBatch) -> Scored:
        index = sections.prompt_index
        read = READ[self.config.pooling](sections)
        with recorded_logits(self._routers()) as logits, self.read_at(read):
            states = self.model.language_model(
                inputs_embeds=self.model.get_input_embeddings()(sections.ids),
                attention_mask=torch.cat([prompts.attention_mask[index], sections.mask], dim=1),
                position_ids=sections.position_ids,
                past_key_values=ContinuedCache(prompts.cache, index),
                use_cache=True,
            ).last_hidden_state
        pooled = POOLINGS[self.config.pooling](widened(states), sections)
        return Scored(self.score(pooled).squeeze(-1), _without_padding(logits, sections.mask))

    def read_at(self, places: Tensor) -> AbstractContextManager[None]:
        """In here only the states at some places (N, S) bool are read of the last layer."""
        return nullcontext()

    @property
    def wide(self) -> list[nn.Module]:
        """The modules that compute in the format of the weights, whatever activations are in."""
        return [self.score, *self._routers()]

    def _routers(self) -> list[Router]:
        return [module for module in self.modules() if isinstance(module, Router)]


def _without_padding(router_logits: Sequence[Tensor], mask: Tensor) -> tuple[Tensor, ...]:
    return tuple(layer[mask.flatten()] for layer in router_logits)
