"""What one layer remembers: prompts once, and apart from them what each of their rows wrote.

Queries of all the rows of a prompt meet its keys in one product, and nothing of it is copied.
"""

from __future__ import annotations

import torch
from torch import Tensor

from prism_engine.policy.precision import widened


class Memory:
    """One layer's keys and values of P prompts and of W rows for each.

    Args:
        keys: (P, heads, T, head_dim) of the prompts.
        values: likewise.
        width: W.
        room: R, tokens that a row may grow by.
    """

    def __init__(self, keys: Tensor, values: Tensor, width: int, room: int) -> None:
        prompts, heads, _, size = keys.shape
        self._hold(
            (keys.mT.flatten(0, 1), values.flatten(0, 1)),
            keys.new_empty(prompts, width, heads, size, room),
            keys.new_empty(prompts, width, heads, room, size),
        )

    def _hold(self, read: tuple[Tensor, Tensor], keys: Tensor, values: Tensor) -> None:
        """What was read by (prompt, head), what was written by (prompt, row, head)."""
        self._read_keys, self._read_values = read  # (P · heads, head_dim, T) and (…, T, head_dim)
        self._keys, self._values = keys, values
        self._shape = keys.shape[:3]
        self._own_keys, self._own_values = keys.flatten(0, 2), values.flatten(0, 2)
        self._nothing = widened(keys.new_zeros(1))

    def keep(self, prompts: Tensor, grid: Tensor, filled: int) -> None:
        """Keep of each of these prompts (P',) the rows (P', W') that the grid names.

        Args:
            prompts: (P',).
            grid: (P', W') numbers below W.
            filled: tokens that the rows have written.
        """
        keys, values, (_, _, heads) = self._keys, self._values, self._shape
        read = tuple(
            each.unflatten(0, (-1, heads))[prompts].flatten(0, 1)
            for each in (self._read_keys, self._read_values)
        )
        kept_keys = keys.new_empty(*grid.shape, *keys.shape[2:])
        kept_values = values.new_empty(*grid.shape, *values.shape[2:])
        kept_keys[..., :filled] = keys[prompts[:, None], grid, :, :, :filled]
        kept_values[..., :filled, :] = values[prompts[:, None], grid, :, :filled]
        self._hold(read, kept_keys, kept_values)

    def add(self, keys: Tensor, values: Tensor, place: int) -> None:
        """Write down keys and values (P, W, heads, head_dim) of each row's token at a place."""
        self._keys.select(-1, place).copy_(keys)
        self._values.select(-2, place).copy_(values)

    def ask(self, queries: Tensor, unseen: Tensor, scale: float, place: int) -> Tensor:
        """Attend to the prompts and to what the rows wrote up to a place.

        Args:
            queries: (P, W, n · heads, head_dim); n neighbours share the keys of one head.
            unseen: (P · heads, 1, T) minus infinity at padding of the prompts, else 0.
            scale: of the products.
            place: the last to be looked at.

        Returns:
            (P · W, n · heads · head_dim).
        """
        prompts, width, heads = self._shape
        size, read, written = queries.shape[-1], unseen.shape[-1], place + 1
        grid = queries.view(prompts, width, heads, -1, size)
        together = grid.transpose(1, 2).reshape(prompts * heads, -1, size)
        apart = grid.reshape(prompts * width * heads, -1, size)
        by_prompt = (prompts, heads, width, grid.shape[3], -1)

        asked = _products(together, self._read_keys, unseen, scale)
        own = _products(apart, self._own_keys.narrow(2, 0, written), self._nothing, scale)
        own = own.view(*grid.shape[:4], -1).transpose(1, 2)
        shares = torch.cat([asked.view(by_prompt), own], dim=-1).softmax(-1).to(queries.dtype)

        asked = shares.view(*together.shape[:2], -1).narrow(2, 0, read)
        own = shares.narrow(4, read, written).transpose(1, 2).reshape(*apart.shape[:2], -1)
        answers = torch.bmm(asked, self._read_values).view(by_prompt).transpose(1, 2)
        own = torch.bmm(own, self._own_values.narrow(1, 0, written)).view(grid.shape)
        return (own + answers).view(prompts * width, -1)


def _products(queries: Tensor, keys: Tensor, added: Tensor, scale: float) -> Tensor:
    """(n, a, b): products of (n, a, d) and (n, d, b), scaled and added to, in float32 at least.

    They are the logarithms of shares, which bfloat16 would round by per cents.
    """
    if queries.dtype is torch.bfloat16 and queries.is_cuda:
        products = torch.bmm(queries, keys, out_dtype=torch.float32)
        return torch.add(added, products, alpha=scale)
    return torch.baddbmm(added, widened(queries), widened(keys), alpha=scale)
