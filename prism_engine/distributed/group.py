"""Several processes that work together over torch.distributed."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any, Self

import torch
import torch.distributed as dist
from torch import Tensor

from prism_engine.batch import TrainingBatch
from prism_engine.distributed.ranks import Pass, Ranks, Thing, passes_of
from prism_engine.errors import NobodyCame

PATIENCE = timedelta(minutes=10)
"""Nodes come when each has fetched what the run reads, which one may have and another not."""

BACKEND = "cpu:gloo,cuda:nccl" if torch.cuda.is_available() else "gloo"


class Group(Ranks):
    """One of `count` processes, all of which ask the same questions in the same order."""

    alone = False

    def __init__(self, rank: int, count: int) -> None:
        self.rank = rank
        self.count = count

    @classmethod
    def meet(cls) -> Self:
        """Meet the others where torchrun's variables of the environment say.

        Raises:
            NobodyCame: they were not all there in time, or the place is taken.
        """
        if torch.cuda.is_available():
            torch.cuda.set_device(int(os.environ["LOCAL_RANK"]))
        try:
            store, rank, count = next(dist.rendezvous("env://", timeout=PATIENCE))
        except dist.DistError as error:
            address, port = os.environ["MASTER_ADDR"], os.environ["MASTER_PORT"]
            raise NobodyCame(address, port, str(error)) from error
        dist.init_process_group(BACKEND, store=store, rank=rank, world_size=count)
        return cls(rank, count)

    def passes(self, batch: TrainingBatch, most_tokens: int) -> list[Pass]:
        """As many passes as the rank with the longest share needs."""
        shares = list(batch.mini_batches(self.count))
        counted = self.rank < len(shares)
        number = self.rank if counted else 0
        first = sum(len(share.prompt_index) for share in shares[:number])
        own = passes_of(shares[number], most_tokens, first)
        passes = own if counted else [replace(own[0], counted=False)]
        most = max(self.joined(len(passes)))
        return passes + [replace(passes[-1], counted=False)] * (most - len(passes))

    def share(self, things: Sequence[Thing]) -> Sequence[Thing]:
        size = len(things)
        shares = min(self.count, size)
        if self.rank >= shares:
            return things[:0]
        return things[size * self.rank // shares : size * (self.rank + 1) // shares]

    def any(self, flag: bool) -> bool:
        return any(self.joined(flag))

    def sums(self, numbers: Mapping[str, float]) -> dict[str, float]:
        summed = self.total(torch.tensor([numbers[name] for name in numbers], dtype=torch.float64))
        return dict(zip(numbers, summed.tolist(), strict=True))

    def total(self, tensor: Tensor) -> Tensor:
        summed = tensor.detach().clone()
        dist.all_reduce(summed)
        return summed

    def joined(self, thing: Thing) -> list[Thing]:
        things: list[Any] = [None] * self.count
        dist.all_gather_object(things, thing)
        return things

    def from_first(self, make: Callable[[], Thing]) -> Thing:
        things: list[Any] = [make() if self.is_first else None]
        dist.broadcast_object_list(things)
        return things[0]

    def close(self) -> None:
        dist.destroy_process_group()
