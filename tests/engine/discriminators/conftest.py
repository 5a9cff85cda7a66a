"""Drawn rollouts with chosen texts, over a tiny real Qwen3-VL."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest
import torch
from PIL import Image

from prism_engine.batch import Drawn, Rollouts
from prism_engine.contract.discriminators import Game, Moe
from prism_engine.contract.settings import Optimizer, Settings
from prism_engine.data.records import Record
from prism_engine.data.response import parse_response
from prism_engine.discriminators import DISCRIMINATORS
from prism_engine.discriminators.discriminator import Discriminator, Rules
from prism_engine.policy.policy import Policy

DrawTexts = Callable[..., Drawn]
MakeDiscriminator = Callable[..., Discriminator]


@pytest.fixture
def draw_texts(tiny_policy: Policy, pictures: list[Image.Image]) -> DrawTexts:
    """A step in which the policy wrote exactly these texts: one group of them per prompt.

    They go through the tokenizer and back, as what a sampler draws does. Questions and pictures
    are of different lengths and sizes, so that prompts are padded.
    """

    def draw(groups: Sequence[Sequence[str]], first_picture: int = 1) -> Drawn:
        processor = tiny_policy.processor
        prompts = processor.pad(
            [
                processor.encode_prompt("what" * (1 + number), [pictures[first_picture + number]])
                for number in range(len(groups))
            ]
        )
        ids, mask = processor.pad_responses(
            [processor.encode_response(text) for group in groups for text in group]
        )
        texts = tuple(
            processor.decode(row[kept].tolist()) for row, kept in zip(ids, mask, strict=True)
        )
        return Drawn(
            records=tuple(Record(id=str(n), question="what") for n in range(len(groups))),
            prompts=prompts,
            rollouts=Rollouts(ids, mask, torch.zeros(ids.shape), torch.ones(len(ids)) == 1),
            texts=texts,
            sections=tuple(parse_response(text) for text in texts),
            rollouts_per_prompt=len(groups[0]),
            seconds=0.0,
        )

    return draw


@pytest.fixture
def make_discriminator(tiny_policy: Policy) -> MakeDiscriminator:
    """A fresh discriminator of any kind, with game settings by name."""

    def make(
        settings: Settings | None = None,
        *,
        seed: int = 0,
        longest_section: int = 400,
        steps: int = 10,
        policy: Policy = tiny_policy,
        optimizer: Optimizer | None = None,
        **game: float,
    ) -> Discriminator:
        settings, optimizer = settings or Moe(), optimizer or Optimizer(learning_rate=1e-3)
        rules = Rules(Game(optimizer=optimizer, **game), steps, longest_section)
        generator = torch.Generator().manual_seed(seed)
        return DISCRIMINATORS[settings.kind].fresh(policy, settings, rules, generator)

    return make
