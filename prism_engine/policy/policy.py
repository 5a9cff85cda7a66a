"""The vision-language model that is trained."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Self

import torch
from torch import Tensor
from torch.nn.attention.flex_attention import BlockMask
from transformers import PreTrainedModel

from prism_engine.batch import PromptBatch, TrainingBatch
from prism_engine.policy.adapters import plain_size, plain_weights
from prism_engine.policy.alignment import copy_weights
from prism_engine.policy.alike import alike
from prism_engine.policy.families import family_of
from prism_engine.policy.host import Memory
from prism_engine.policy.kernels import (
    BLOCK,
    attends_by_blocks,
    block_mask,
    compile_layers,
    use_block_attention,
)
from prism_engine.policy.logprobs import TokenScores, token_scores
from prism_engine.policy.narrow import NarrowWeights
from prism_engine.policy.packing import PackedBatch
from prism_engine.policy.precision import compute_in_float64, weight_format
from prism_engine.policy.prefix import ContinuedCache, Prefix, PromptCache
from prism_engine.policy.processor import Processor
from prism_engine.policy.rows import Rows, lay_out, seen
from prism_engine.policy.vision import batch_equal_chunks, compile_blocks


class Policy:
    """A vision-language model with its processor.

    `dtype` is what activations are computed in; `precision.py` says what weights are kept in.
    `whole` is a context in which all weights are in this process: whoever spreads them over several
    puts his own there.
    """

    def __init__(self, model: PreTrainedModel, processor: Processor, dtype: torch.dtype) -> None:
        # A model that is built with another kernel attends by that alone.
        if model.config._attn_implementation == "sdpa":
            batch_equal_chunks(model.model.visual)
            use_block_attention(model)
        if dtype is torch.float64:
            compute_in_float64(model)
        # No kernel attends by blocks in float64.
        on_gpu = model.device.type == "cuda" and dtype is not torch.float64
        self._fused = on_gpu and attends_by_blocks(model)
        if self._fused:
            compile_layers(model.model.language_model.layers)
            compile_blocks(model.model.visual)
        self.model = model.eval()
        self.whole: Callable[[], AbstractContextManager[object]] = nullcontext
        self.processor = processor
        self.dtype = dtype
        self._narrow = NarrowWeights(model)
        self.banned = torch.tensor(processor.banned_ids, device=self.device)

    @classmethod
    def load(
        cls, folder: Path, dtype: torch.dtype, device: torch.device, attention: str = "sdpa"
    ) -> Self:
        """Raises `InvalidModel` if the folder holds no model of a known family.

        `attention` is the kernel that the model is built with, as transformers calls it.
        """
        family, processor = family_of(folder), Processor.load(folder)
        model = family.policy.from_pretrained(
            folder,
            dtype=weight_format(dtype),
            use_safetensors=True,
            attn_implementation=attention,
        )
        copy_weights(model)
        return cls(model.to(device), processor, dtype)

    @property
    def device(self) -> torch.device:
        return self.model.device

    @property
    def size(self) -> int:
        """Bytes of the weights; those of adapters are merged into them on export."""
        return plain_size(self.model)

    def export(self, folder: Path) -> None:
        """Write an ordinary Hugging Face folder."""
        self.model.save_pretrained(folder, state_dict=plain_weights(self.model))
        self.processor.save(folder)

    def precision(self) -> AbstractContextManager[None]:
        """Compute activations in `dtype`, in forward and backward passes."""
        narrow = self.dtype is torch.bfloat16
        return self._narrow.standing_in() if narrow else nullcontext()

    def rest_in(self, memory: Memory) -> None:
        """Let the weights that copies of `dtype` stand in for rest there."""
        self._narrow.memory = memory

    def read(self, prompts: PromptBatch) -> Prefix:
        """Encode images and prompts, each once, however many responses follow."""
        outputs = self.model.model(
            input_ids=prompts.input_ids,
            attention_mask=prompts.attention_mask,
            position_ids=prompts.position_ids,
            pixel_values=prompts.pixel_values if len(prompts.grid_thw) else None,
            image_grid_thw=prompts.grid_thw if len(prompts.grid_thw) else None,
            past_key_values=PromptCache(),
            use_cache=True,
        )
        return Prefix(
            cache=outputs.past_key_values,
            hidden=outputs.last_hidden_state[:, -1],
            attention_mask=prompts.attention_mask,
            next_position=prompts.next_position,
        )

    def follow(self, prefix: Prefix, index: Tensor, ids: Tensor, mask: Tensor) -> Tensor:
        """(B, R, H) the states that predict each token of a response.

        The state of the last prompt token predicts the first one.

        Args:
            prefix: P prompts.
            index: (B,) which of them each response continues.
            ids: (B, R) the responses.
            mask: (B, R) bool, False in the padding.
        """
        first = prefix.hidden[index][:, None]
        ids, mask = ids[:, :-1], mask[:, :-1]
        if ids.shape[1] == 0:
            return first
        places = prefix.next_position[index, None] + torch.arange(ids.shape[1], device=ids.device)
        outputs = self.model.model.language_model(
            inputs_embeds=self.model.get_input_embeddings()(ids),
            attention_mask=torch.cat([prefix.attention_mask[index], mask], dim=1),
            position_ids=places.expand(3, -1, -1),
            past_key_values=ContinuedCache(prefix.cache, index),
            use_cache=True,
        )
        return torch.cat([first, outputs.last_hidden_state], dim=1)

    def score(self, batch: TrainingBatch, temperature: float) -> TokenScores:
        """Score the learned tokens of a batch, in the order of its rows: N numbers."""
        with self.precision():
            return token_scores(
                self._states(batch),
                batch.response_ids[batch.learned_mask],
                self.model.lm_head,
                self.banned,
                temperature,
            )

    def _states(self, batch: TrainingBatch) -> Tensor:
        """(N, H) the states that predict the learned tokens, every prompt being read once."""
        if not attends_by_blocks(self.model):
            return self._states_behind_prefix(batch)
        if self._fused:
            everything = (len(batch.prompts.input_ids),)
            rows = lay_out(batch, everything, self.processor.pad_id, multiple=BLOCK)
            return self._states_in_rows(batch, rows, block_mask(rows))
        if isinstance(batch, PackedBatch):
            rows = lay_out(batch, batch.packed, self.processor.pad_id)
            return self._states_in_rows(batch, rows, seen(rows))
        return self._states_behind_prefix(batch)

    def _states_in_rows(self, batch: TrainingBatch, rows: Rows, mask: Tensor | BlockMask) -> Tensor:
        """Of prompts and responses that share the rows of the model."""
        prompts = batch.prompts
        outputs = self.model.model(
            input_ids=rows.input_ids,
            attention_mask=mask,
            position_ids=rows.position_ids,
            pixel_values=prompts.pixel_values if len(prompts.grid_thw) else None,
            image_grid_thw=prompts.grid_thw if len(prompts.grid_thw) else None,
            use_cache=False,
        )
        return outputs.last_hidden_state.flatten(0, 1).index_select(0, rows.predictors)

    def _states_behind_prefix(self, batch: TrainingBatch) -> Tensor:
        """Of responses of like length together, each a row that continues its prompt."""
        prefix, lengths = self.read(batch.prompts), batch.response_mask.sum(1).tolist()
        places = torch.arange(batch.learned_mask.numel(), device=self.device)
        places = places.view(batch.learned_mask.shape)
        states, order = [], []
        for rows in alike(lengths):
            these, width = torch.tensor(rows, device=self.device), max(lengths[r] for r in rows)
            answered = (batch.response_ids[these, :width], batch.response_mask[these, :width])
            learned = batch.learned_mask[these, :width]
            hidden = self.follow(prefix, batch.prompt_index[these], *answered)
            states.append(hidden[learned])
            order.append(places[these, :width][learned])
        return torch.cat(states).index_select(0, torch.cat(order).argsort())
