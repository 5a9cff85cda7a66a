"""A sampler of several ranks, each of which responds to some of the prompts."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager

import torch

from prism_engine.batch import PromptBatch, Rollouts
from prism_engine.distributed.ranks import Ranks
from prism_engine.policy.sampler.sampler import Sampler


class SharedSampler:
    """Every rank draws its share with chance of its own, and all get to know what all have drawn.

    Args:
        sampler: draws a rank's share.
        ranks: that share the prompts.
        whole: a context in which the policy's weights are all there.
    """

    def __init__(
        self,
        sampler: Sampler,
        ranks: Ranks,
        whole: Callable[[], AbstractContextManager[object]],
    ) -> None:
        self._sampler = sampler
        self._ranks = ranks
        self._whole = whole

    def sample(
        self,
        prompts: PromptBatch,
        rollouts_per_prompt: int,
        *,
        temperature: float,
        max_new_tokens: int,
        generator: torch.Generator,
    ) -> Rollouts:
        """Draw a group of responses to every prompt; see `Sampler.sample`."""
        # Every rank takes one number, so that a generator that is asked again goes on alike.
        seed = int(torch.randint(2**62, (), generator=generator)) + self._ranks.rank
        own = self._ranks.share(range(len(prompts.input_ids)))
        with self._whole():
            drawn = own and self._sampler.sample(
                prompts.select(own[0], own[-1] + 1),
                rollouts_per_prompt,
                temperature=temperature,
                max_new_tokens=max_new_tokens,
                generator=torch.Generator().manual_seed(seed),
            ).to(torch.device("cpu"))
        return Rollouts.joined([part for part in self._ranks.joined(drawn or None) if part])
