"""A key and value cache that is written in place.

`DynamicCache` copies all that it holds for every token; here room for the longest response is
made once, and rows whose response has ended can be dropped.
"""

from __future__ import annotations

import torch
from torch import Tensor
from transformers import Cache
from transformers.cache_utils import CacheLayerMixin


class ReservedLayer(CacheLayerMixin):
    """One layer's keys and values (B, heads, length, head_dim) with room to grow."""

    def __init__(self, keys: Tensor, values: Tensor, index: Tensor, room: int) -> None:
        super().__init__()
        self._length = keys.shape[2]
        self._keys = self._reserve(keys, index, room)
        self._values = self._reserve(values, index, room)
        self.is_initialized = True

    def _reserve(self, filled: Tensor, index: Tensor, room: int) -> Tensor:
        _, heads, length, width = filled.shape
        reserved = filled.new_empty(len(index), heads, length + room, width)
        torch.index_select(filled, 0, index, out=reserved[:, :, :length])
        return reserved

    def lazy_initialization(self, key_states: Tensor, value_states: Tensor) -> None:
        """Nothing is left to do: the room was made when the prompts were read."""

    def update(
        self, key_states: Tensor, value_states: Tensor, *args: object, **kwargs: object
    ) -> tuple[Tensor, Tensor]:
        first, last = self._length, self._length + key_states.shape[2]
        self._keys[:, :, first:last] = key_states
        self._values[:, :, first:last] = value_states
        self._length = last
        return self._keys[:, :, :last], self._values[:, :, :last]

    def keep(self, rows: Tensor) -> None:
        """Drop all rows but these."""
        self._keys, self._values = self._keys[rows], self._values[rows]

    def get_seq_length(self) -> int:
        return self._length

    def get_max_length(self) -> int:
        return self._keys.shape[2]

    def get_mask_sizes(self, query_length: int) -> tuple[int, int]:
        return self._length + query_length, 0


class ReservedCache(Cache):
    """The prompts' cache, its rows repeated as `index` (B,) says, with room for responses."""

    def __init__(self, prompts: Cache, index: Tensor, room: int) -> None:
        layers = [ReservedLayer(layer.keys, layer.values, index, room) for layer in prompts.layers]
        super().__init__(layers=layers)

    def keep(self, rows: Tensor) -> None:
        """Drop all rows but these."""
        for layer in self.layers:
            layer.keep(rows)
