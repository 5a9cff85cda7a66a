"""What a sampler is: it draws responses from the policy as it is now."""

from __future__ import annotations

from typing import Protocol

import torch

from prism_engine.batch import PromptBatch, Rollouts


class Sampler(Protocol):
    """Draws groups of responses to prompts."""

    def sample(
        self,
        prompts: PromptBatch,
        rollouts_per_prompt: int,
        *,
        temperature: float,
        max_new_tokens: int,
        generator: torch.Generator,
    ) -> Rollouts:
        """Draw a group of responses to every prompt.

        Args:
            prompts: P prompts.
            rollouts_per_prompt: G, how many responses each gets.
            temperature: divides the logits before the softmax; 0 takes the likeliest token.
            max_new_tokens: longest response, end token included.
            generator: on the CPU; the only source of randomness.

        Returns:
            B = P·G rows; row p·G + g is response g to prompt p. Log-probabilities are those of
            the distribution that was drawn from, banned tokens left out.
        """
        ...
