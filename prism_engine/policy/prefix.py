"""What a model remembers of prompts, so that each is read once however many responses follow.

Neither cache changes when it is read again. A layer whose activations are computed a second time,
in the backward pass, therefore finds what it found the first time, and a prefix can be followed
as often as one likes.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor
from transformers import Cache
from transformers.cache_utils import CacheLayerMixin


@dataclass(frozen=True)
class Prefix:
    """Prompts that the model has read: what a response continues."""

    cache: PromptCache
    hidden: Tensor  # (P, H) the state that predicts the first response token
    attention_mask: Tensor  # (P, T) bool
    next_position: Tensor  # (P,) int64

    def select(self, first: int, last: int) -> Prefix:
        """The prompts from `first` up to but without `last`."""
        rows = slice(first, last)
        return Prefix(
            cache=self.cache.select(rows),
            hidden=self.hidden[rows],
            attention_mask=self.attention_mask[rows],
            next_position=self.next_position[rows],
        )


class PromptCache(Cache):
    """Keys and values of prompts, layer by layer, kept as they are first computed."""

    def __init__(self) -> None:
        super().__init__(layer_class_to_replicate=PromptLayer)

    def select(self, rows: slice) -> PromptCache:
        """What is remembered of some of the prompts."""
        selected = PromptCache()
        for layer in self.layers:
            selected.layers.append(PromptLayer())
            selected.layers[-1].lazy_initialization(layer.keys[rows], layer.values[rows])
        return selected


class ContinuedCache(Cache):
    """What the rows of a batch continue: row b follows prompt `index[b]`, `index` being (B,)."""

    def __init__(self, prompts: Cache, index: Tensor) -> None:
        layers = [ContinuedLayer(layer.keys, layer.values, index) for layer in prompts.layers]
        super().__init__(layers=layers)


class PromptLayer(CacheLayerMixin):
    """One layer's keys and values (P, heads, T, head_dim)."""

    def lazy_initialization(self, key_states: Tensor, value_states: Tensor) -> None:
        self.keys, self.values = key_states, value_states
        self.is_initialized = True

    def update(
        self, key_states: Tensor, value_states: Tensor, *args: object, **kwargs: object
    ) -> tuple[Tensor, Tensor]:
        read = key_states.contiguous(), value_states.contiguous()
        if not self.is_initialized:
            self.lazy_initialization(*read)
        return read

    def get_seq_length(self) -> int:
        return self.keys.shape[2] if self.is_initialized else 0

    def get_max_length(self) -> int:
        return self.get_seq_length()

    def get_mask_sizes(self, query_length: int) -> tuple[int, int]:
        return query_length, 0


class ContinuedLayer(CacheLayerMixin):
    """One layer's keys and values of the prompts, to which those of the rows are only appended."""

    def __init__(self, keys: Tensor, values: Tensor, index: Tensor) -> None:
        super().__init__()
        self.keys, self.values = keys, values
        self._index = index
        self.is_initialized = True

    def lazy_initialization(self, key_states: Tensor, value_states: Tensor) -> None:
        """Nothing is left to do: the prompts have been read."""

    def update(
        self, key_states: Tensor, value_states: Tensor, *args: object, **kwargs: object
    ) -> tuple[Tensor, Tensor]:
        keys = torch.cat([self.keys.index_select(0, self._index), key_states], dim=2)
        values = torch.cat([self.values.index_select(0, self._index), value_states], dim=2)
        return keys, values

    def get_seq_length(self) -> int:
        return self.keys.shape[2]

    def get_max_length(self) -> int:
        return self.get_seq_length()

    def get_mask_sizes(self, query_length: int) -> tuple[int, int]:
        return self.get_seq_length() + query_length, 0
