"""Decoding groups of rows beside the one memory of their prompts, by the weights themselves.

Rotary angles are looked up, and no mask is made for a token.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn.functional import embedding
from transformers import PreTrainedModel

from prism_engine.policy.precision import widened
from prism_engine.policy.prefix import Prefix
from prism_engine.policy.sampler.layer import Layer, norm_of
from prism_engine.policy.sampler.memory import Memory


class SharedDecoder:
    """Rows stand in a grid, W for each of P prompts; see `Decoder`.

    Args:
        model: one that `layer.is_known`.
        prefix: P prompts that it has read.
        group: W, rows that continue each of them.
        room: tokens that a row may grow by.
    """

    def __init__(self, model: PreTrainedModel, prefix: Prefix, group: int, room: int) -> None:
        tower = model.model.language_model
        self._embedding = tower.embed_tokens.weight
        self._layers, self._norm = [Layer(layer) for layer in tower.layers], norm_of(tower.norm)
        self._memories = [
            Memory(layer.keys, layer.values, group, room) for layer in prefix.cache.layers
        ]
        self._cos, self._sin = _angles(tower, prefix, room)
        self._unseen = _unseen(prefix)
        self._width, self._place = group, 0
        self.hidden = prefix.hidden.repeat_interleave(group, dim=0)

    def remaining(self, going: Tensor) -> Tensor:
        grid = going.view(-1, self._width)
        counts = grid.sum(1)
        columns = (~grid).int().argsort(dim=1, stable=True)[:, : int(counts.max())]
        firsts = torch.arange(0, going.numel(), self._width, device=going.device)
        return (firsts[:, None] + columns)[counts > 0].flatten()

    def keep(self, rows: Tensor) -> None:
        prompts = (rows // self._width).unique()
        grid = rows.view(len(prompts), -1) % self._width
        for memory in self._memories:
            memory.keep(prompts, grid, self._place)
        self._cos, self._sin = self._cos[prompts], self._sin[prompts]
        self._unseen = self._unseen[prompts]
        self._width = grid.shape[1]

    def read(self, tokens: Tensor) -> None:
        place, hidden = self._place, embedding(tokens, self._embedding)
        cos, sin = self._cos.select(1, place), self._sin.select(1, place)
        unseen = self._unseen.flatten(0, 1)
        for layer, memory in zip(self._layers, self._memories, strict=True):
            looking, values = layer.project(hidden)
            shape = (len(cos), self._width, -1, values.shape[-1])
            looking = turned(looking.view(shape), cos, sin)
            queries, keys = looking.split([layer.queries, values.shape[1]], dim=2)
            memory.add(keys, values.view(shape), place)
            attended = memory.ask(queries, unseen, layer.scale, place)
            hidden = layer.go_on(hidden, attended)
        self._place = place + 1
        self.hidden = self._norm(hidden)


def _angles(tower: nn.Module, prefix: Prefix, room: int) -> tuple[Tensor, Tensor]:
    """Cosine and sine at each place of a response, both (P, R, 1, 1, head_dim).

    What `turned` negates is negated here, once.
    """
    places = prefix.next_position[:, None] + torch.arange(room, device=prefix.hidden.device)
    cos, sin = tower.rotary_emb(prefix.hidden, places.expand(3, -1, -1))
    first, second = sin.chunk(2, dim=-1)
    return cos[:, :, None, None], torch.cat([-first, second], dim=-1)[:, :, None, None]


def _unseen(prefix: Prefix) -> Tensor:
    """(P, heads, 1, T): minus infinity at padding of the prompts, else 0."""
    unseen = widened(torch.zeros_like(prefix.attention_mask, dtype=prefix.hidden.dtype))
    unseen = unseen.masked_fill(~prefix.attention_mask, float("-inf"))
    heads = prefix.cache.layers[0].keys.shape[1]
    return unseen[:, None, None].expand(-1, heads, -1, -1).contiguous()


def turned(states: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
    """Rotary positions (arXiv 2104.09864): halves (x, y) become (x·cos - y·sin, y·cos + x·sin).

    Args:
        states: (…, head_dim).
        cos: (…, head_dim).
        sin: (…, head_dim), its first half negated.
    """
    return torch.addcmul(states * cos, states.roll(states.shape[-1] // 2, -1), sin)
