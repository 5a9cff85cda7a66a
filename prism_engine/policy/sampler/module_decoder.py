"""Decoding through the model's own modules, whatever they are."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn.functional import pad
from transformers import PreTrainedModel

from prism_engine.policy.kernels import attends_by_blocks
from prism_engine.policy.prefix import Prefix
from prism_engine.policy.sampler.cache import ReservedCache


class ModuleDecoder:
    """Repeats the prompts' cache for every row; see `Decoder`.

    Args:
        model: what decodes.
        prefix: P prompts that it has read.
        group: G, rows that continue each of them.
        room: tokens that a row may grow by.
    """

    def __init__(self, model: PreTrainedModel, prefix: Prefix, group: int, room: int) -> None:
        index = torch.arange(len(prefix.hidden), device=prefix.hidden.device)
        index = index.repeat_interleave(group)
        self._model = model
        self._cache = ReservedCache(prefix.cache, index, room)
        self._mask = pad(prefix.attention_mask[index], (0, room), value=True)
        self._position = prefix.next_position[index]
        self.hidden = prefix.hidden[index]

    def remaining(self, going: Tensor) -> Tensor:
        return going.nonzero().squeeze(1)

    def keep(self, rows: Tensor) -> None:
        self._cache.keep(rows)
        self._mask, self._position = self._mask[rows], self._position[rows]

    def read(self, tokens: Tensor) -> None:
        mask = self._mask[:, : self._cache.get_seq_length() + 1]
        outputs = self._model.model.language_model(
            inputs_embeds=self._model.get_input_embeddings()(tokens[:, None]),
            # Four dimensions are taken as they are; of two a mask would be made for every token.
            attention_mask=mask[:, None, None] if attends_by_blocks(self._model) else mask,
            position_ids=self._position[None, :, None].expand(3, -1, -1),
            past_key_values=self._cache,
            use_cache=True,
        )
        self._position = self._position + 1
        self.hidden = outputs.last_hidden_state[:, 0]
