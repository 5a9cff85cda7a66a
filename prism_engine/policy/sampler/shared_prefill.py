"""A sampler in plain transformers that reads every prompt once for all of its rollouts."""

from __future__ import annotations

import torch
from torch import Tensor

from prism_engine.batch import PromptBatch, Rollouts
from prism_engine.policy.logprobs import mask_banned
from prism_engine.policy.policy import Policy
from prism_engine.policy.precision import weight_format, widened
from prism_engine.policy.sampler.decoder import Decoder, decoder_for

MOST_TOKENS = 131_072

_WORTH_DROPPING = 0.75
"""Ended rows are dropped once fewer than this share is left, for dropping copies the cache."""

_LOOK_EVERY = {"cpu": 1, "cuda": 8}
"""After so many tokens it is looked how many rows are left, for which a GPU must first be done."""


class SharedPrefillSampler:
    """Encodes images and prompts once and decodes a group of rollouts behind each.

    Args:
        policy: that responses are drawn from.
        most_tokens: keys and values of so many tokens are held at a time, those of the prompts
            themselves not counted; where the rows do not fit, some are drawn after others.
    """

    def __init__(self, policy: Policy, most_tokens: int = MOST_TOKENS) -> None:
        self._policy = policy
        self._most_tokens = most_tokens
        self._decoder = decoder_for(policy.model)

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
        grid = torch.arange(len(prompts.input_ids) * rollouts_per_prompt)
        noise = torch.rand(max_new_tokens, len(grid), generator=generator).to(policy.device)
        written = _Written(len(grid), max_new_tokens, policy)
        longest = prompts.input_ids.shape[1] + max_new_tokens
        with policy.precision():
            prefix = policy.read(prompts.to(policy.device))
            for part in parts(grid.view(-1, rollouts_per_prompt), self._most_tokens // longest):
                first, last = (int(rows[0]) // rollouts_per_prompt for rows in (part[0], part[-1]))
                behind = prefix.select(first, last + 1)
                decoder = self._decoder(policy.model, behind, part.shape[1], max_new_tokens)
                rows = part.flatten().to(policy.device)
                # A token takes a hundred small operations, which cost less where none is recorded.
                with torch.inference_mode():
                    self._write(written, decoder, rows, temperature, noise[:, rows])
        return written.rollouts()

    def _write(
        self, written: _Written, decoder: Decoder, rows: Tensor, temperature: float, noise: Tensor
    ) -> None:
        """Decode rows (b,) to their ends, or to the last place of their noise (longest, b)."""
        policy, longest = self._policy, len(noise)
        going = torch.ones_like(rows, dtype=torch.bool)
        for place in range(longest):
            logits = mask_banned(widened(policy.model.lm_head(decoder.hidden)), policy.banned)
            tokens, logprobs = draw(logits, temperature, noise[place])
            written.add(place, rows, tokens, logprobs)
            if place + 1 == longest:
                break
            going &= tokens != policy.processor.end_id
            if place % _LOOK_EVERY[rows.device.type] == 0:
                left = int(going.sum())
                if left == 0:
                    break
                if left < _WORTH_DROPPING * len(rows):
                    kept = decoder.remaining(going)
                    if len(kept) < _WORTH_DROPPING * len(rows):
                        decoder.keep(kept)
                        rows, tokens, going = rows[kept], tokens[kept], going[kept]
                        noise = noise[:, kept]
            decoder.read(tokens)


class _Written:
    """What has been written of B responses; what stands behind an end token counts for nothing."""

    def __init__(self, rows: int, longest: int, policy: Policy) -> None:
        self._end, self._pad = policy.processor.end_id, policy.processor.pad_id
        self._ids = torch.full((longest, rows), self._pad, device=policy.device)
        self._logprobs = torch.zeros(
            longest, rows, dtype=weight_format(policy.dtype), device=policy.device
        )

    def add(self, place: int, rows: Tensor, tokens: Tensor, logprobs: Tensor) -> None:
        """Write the tokens (b,) of some rows."""
        self._ids[place].index_copy_(0, rows, tokens)
        self._logprobs[place].index_copy_(0, rows, logprobs)

    def rollouts(self) -> Rollouts:
        """All of it, as wide as the longest response."""
        ids, logprobs = self._ids.T, self._logprobs.T
        ends = ids.eq(self._end)
        mask = (ends.cumsum(1) - ends.long()).eq(0)
        width = int(mask.sum(1).max())
        ids, logprobs, mask = ids[:, :width], logprobs[:, :width], mask[:, :width].contiguous()
        return Rollouts(
            ids=ids.masked_fill(~mask, self._pad).contiguous(),
            mask=mask,
            logprobs=logprobs.masked_fill(~mask, 0.0).contiguous(),
            finished=ends.any(1),
        )


def parts(grid: Tensor, at_a_time: int) -> list[Tensor]:
    """Cut the numbers (P, G) of rows into grids of at most so many, and into at least one row.

    Groups stay whole where a group fits.
    """
    prompts, group = grid.shape
    across = grid.tensor_split(-(-prompts // max(1, at_a_time // group)))
    cuts = -(-group // max(1, min(group, at_a_time)))
    return [part for rows in across for part in rows.tensor_split(cuts, dim=1)]


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
