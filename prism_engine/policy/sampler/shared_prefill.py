"""A sampler in plain transformers that reads every prompt once for all of its rollouts."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn.functional import pad

from prism_engine.batch import PromptBatch, Rollouts
from prism_engine.policy.logprobs import mask_banned
from prism_engine.policy.policy import Policy
from prism_engine.policy.precision import weight_format, widened
from prism_engine.policy.sampler.cache import ReservedCache

_WORTH_DROPPING = 0.75
"""Ended rows are dropped once fewer than this share is left, for dropping copies the cache."""


class SharedPrefillSampler:
    """Encodes images and prompts once, repeats their cache G times, and decodes all rows."""

    def __init__(self, policy: Policy) -> None:
        self._policy = policy

    @torch.no_grad()
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
        policy = self._policy
        rows = len(prompts.input_ids) * rollouts_per_prompt
        noise = torch.rand(max_new_tokens, rows, generator=generator).to(policy.device)
        written = _Written(rows, max_new_tokens, policy)
        with policy.precision():
            reader = _Reader(policy, prompts.to(policy.device), rollouts_per_prompt, max_new_tokens)
            for place in range(max_new_tokens):
                logits = mask_banned(widened(policy.model.lm_head(reader.hidden)), policy.banned)
                tokens, logprobs = draw(logits, temperature, noise[place, reader.rows])
                written.add(place, reader.rows, tokens, logprobs)
                going = ~written.finished[reader.rows]
                left = int(going.sum())
                if left == 0 or place + 1 == max_new_tokens:
                    break
                if left < _WORTH_DROPPING * len(going):
                    kept = going.nonzero().squeeze(1)
                    reader.keep(kept)
                    tokens = tokens[kept]
                reader.read(tokens)
        return written.rollouts()


class _Reader:
    """The model with all that it has read so far, for the rows that are still being written."""

    def __init__(self, policy: Policy, prompts: PromptBatch, group: int, room: int) -> None:
        prefix = policy.read(prompts)
        index = torch.arange(len(prefix.hidden), device=policy.device).repeat_interleave(group)
        self._model = policy.model
        self._cache = ReservedCache(prefix.cache, index, room)
        self._mask = pad(prefix.attention_mask[index], (0, room), value=True)
        self._position = prefix.next_position[index]
        self.hidden = prefix.hidden[index]  # (b, H) the states that predict the next tokens
        self.rows = torch.arange(len(index), device=policy.device)  # (b,) their place among all B

    def keep(self, kept: Tensor) -> None:
        """Drop all rows but these."""
        self._cache.keep(kept)
        self._mask, self._position = self._mask[kept], self._position[kept]
        self.rows = self.rows[kept]

    def read(self, tokens: Tensor) -> None:
        """Read the tokens (b,) that were drawn last."""
        outputs = self._model.model.language_model(
            inputs_embeds=self._model.get_input_embeddings()(tokens[:, None]),
            attention_mask=self._mask[:, : self._cache.get_seq_length() + 1],
            position_ids=self._position[None, :, None].expand(3, -1, -1),
            past_key_values=self._cache,
            use_cache=True,
        )
        self._position = self._position + 1
        self.hidden = outputs.last_hidden_state[:, 0]


class _Written:
    """What has been written of B responses."""

    def __init__(self, rows: int, longest: int, policy: Policy) -> None:
        self._end = policy.processor.end_id
        self._ids = torch.full((rows, longest), policy.processor.pad_id, device=policy.device)
        self._mask = torch.zeros(rows, longest, dtype=torch.bool, device=policy.device)
        self._logprobs = torch.zeros(
            rows, longest, dtype=weight_format(policy.dtype), device=policy.device
        )
        self.finished = torch.zeros(rows, dtype=torch.bool, device=policy.device)

    def add(self, place: int, rows: Tensor, tokens: Tensor, logprobs: Tensor) -> None:
        """Write a token to each of the rows (b,), except where the response has ended."""
        going = ~self.finished[rows]
        rows, tokens = rows[going], tokens[going]
        self._ids[rows, place] = tokens
        self._mask[rows, place] = True
        self._logprobs[rows, place] = logprobs[going]
        self.finished[rows] = tokens == self._end

    def rollouts(self) -> Rollouts:
        """All of it, as wide as the longest response."""
        width = int(self._mask.sum(1).max())
        return Rollouts(
            self._ids[:, :width], self._mask[:, :width], self._logprobs[:, :width], self.finished
        )


def draw(logits: Tensor, temperature: float, noise: Tensor) -> tuple[Tensor, Tensor]:
    """Draw a token a row by inverting the distribution function.

    Args:
        logits: (b, V).
        temperature: 0 takes the likeliest token, whose log-probability is then at temperature 1.
        noise: (b,) uniform in [0, 1); one number a row, however large the vocabulary.

    Returns:
        (b,) tokens and (b,) their log-probabilities.
    """
    logprobs = (logits / (temperature or 1.0)).log_softmax(-1)
    if temperature == 0:
        tokens = logprobs.argmax(-1)
    else:
        cumulated = logprobs.exp().double().cumsum(-1)
        target = noise.double()[:, None] * cumulated[:, -1:]
        tokens = torch.searchsorted(cumulated, target, right=True).squeeze(1)
        # Without a distribution the search ends beyond the vocabulary; what is wrong then is told
        # by the log-probability, which is no number either.
        tokens = tokens.clamp(max=logits.shape[-1] - 1)
    return tokens, logprobs.gather(-1, tokens[:, None]).squeeze(1)
