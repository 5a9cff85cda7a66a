"""A sampler in plain transformers that reads every prompt once for all of its rollouts."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn.functional import pad

from prism_engine.batch import PromptBatch, Rollouts
from prism_engine.policy.logprobs import mask_banned
from prism_engine.policy.policy import Policy
from prism_engine.policy.precision import weight_format, widened
from prism_engine.policy.prefix import Prefix
from prism_engine.policy.sampler.cache import ReservedCache

MOST_TOKENS = 131_072

_WORTH_DROPPING = 0.75
"""Ended rows are dropped once fewer than this share is left, for dropping copies the cache."""


class SharedPrefillSampler:
    """Encodes images and prompts once, repeats their cache for every rollout, and decodes.

    Args:
        policy: that responses are drawn from.
        most_tokens: keys and values of so many tokens are held at a time, those of the prompts
            themselves not counted; where the rows do not fit, some are drawn after others.
    """

    def __init__(self, policy: Policy, most_tokens: int = MOST_TOKENS) -> None:
        self._policy = policy
        self._most_tokens = most_tokens

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
            prefix = policy.read(prompts.to(policy.device))
            for part in self._parts(rows, prompts.input_ids.shape[1] + max_new_tokens):
                index = (part // rollouts_per_prompt).to(policy.device)
                reader = _Reader(policy, prefix, index, part.to(policy.device), max_new_tokens)
                self._write(written, reader, temperature, noise)
        return written.rollouts()

    def _parts(self, rows: int, longest: int) -> Sequence[Tensor]:
        """The numbers of all rows, in parts of like size whose longest possible rows fit."""
        at_a_time = max(1, self._most_tokens // longest)
        return torch.arange(rows).tensor_split(-(-rows // at_a_time))

    def _write(self, written: _Written, reader: _Reader, temperature: float, noise: Tensor) -> None:
        """Decode some of the rows to their ends; `noise` (longest, B) is that of all of them."""
        policy = self._policy
        for place, chance in enumerate(noise):
            logits = mask_banned(widened(policy.model.lm_head(reader.hidden)), policy.banned)
            tokens, logprobs = draw(logits, temperature, chance[reader.rows])
            written.add(place, reader.rows, tokens, logprobs)
            going = ~written.finished[reader.rows]
            left = int(going.sum())
            if left == 0 or place + 1 == len(noise):
                break
            if left < _WORTH_DROPPING * len(going):
                kept = going.nonzero().squeeze(1)
                reader.keep(kept)
                tokens = tokens[kept]
            reader.read(tokens)


class _Reader:
    """The model with all that it has read so far, for the rows that are still being written.

    Args:
        policy: the model's.
        prefix: P prompts that it has read.
        index: (b,) which of them each row continues.
        rows: (b,) their place among all B rows.
        room: tokens that a row may grow by.
    """

    def __init__(
        self, policy: Policy, prefix: Prefix, index: Tensor, rows: Tensor, room: int
    ) -> None:
        self._model = policy.model
        self._cache = ReservedCache(prefix.cache, index, room)
        self._mask = pad(prefix.attention_mask[index], (0, room), value=True)
        self._position = prefix.next_position[index]
        self.hidden = prefix.hidden[index]  # (b, H) the states that predict the next tokens
        self.rows = rows

    def keep(self, kept: Tensor) -> None:
        """Drop all rows but these."""
        self._cache.keep(kept)
        self._mask, self._position = self._mask[kept], self._position[kept]
        self.rows = self.rows[kept]

    def read(self, tokens: Tensor) -> None:
        """Read the tokens (b,) that were drawn last."""
        outputs = self._model.model.language_model(
            inputs_embeds=self._model.get_input_embeddings()(tokens[:, None]),
            # Four dimensions are taken as they are; of two a mask would be made for every token.
            attention_mask=self._mask[:, None, None, : self._cache.get_seq_length() + 1],
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
