"""Discriminators of every kind, over a tiny real Qwen3-VL."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch

from prism_engine.contract.discriminators import Game, Moe
from prism_engine.contract.settings import Optimizer, Settings
from prism_engine.discriminators import DISCRIMINATORS
from prism_engine.discriminators.discriminator import Discriminator, Rules
from prism_engine.policy.policy import Policy

MakeDiscriminator = Callable[..., Discriminator]


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
