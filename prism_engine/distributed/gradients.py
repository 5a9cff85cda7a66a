"""Gradients of one model on several ranks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import torch
from torch import Tensor, nn

from prism_engine.contract.distribution import REDUCED_AT_A_TIME
from prism_engine.distributed.ranks import Ranks


def complete(parameters: Sequence[nn.Parameter], ranks: Ranks) -> None:
    """Give a weight a gradient of zero where only other ranks have one for it.

    A rank whose share has no image does not reach the weights that see. Without this it would
    wait for the others to add up one gradient while they wait for it to add up another.
    """
    present = torch.tensor([parameter.grad is not None for parameter in parameters])
    for parameter, found in zip(parameters, ranks.total(present.int()).tolist(), strict=True):
        if found and parameter.grad is None:
            parameter.grad = torch.zeros_like(parameter)


@torch.no_grad()
def add_up(parameters: Sequence[nn.Parameter], ranks: Ranks) -> None:
    """Put the sum over all ranks in the place of every gradient."""
    complete(parameters, ranks)
    gradients = [parameter.grad for parameter in parameters if parameter.grad is not None]
    for bucket in _buckets(gradients):
        summed = ranks.total(torch.cat([gradient.flatten() for gradient in bucket]))
        parts = summed.split([gradient.numel() for gradient in bucket])
        for gradient, part in zip(bucket, parts, strict=True):
            gradient.copy_(part.view_as(gradient))


def _buckets(gradients: Sequence[Tensor]) -> Iterator[list[Tensor]]:
    """Neighbours of one format, together of about the size of a bucket."""
    bucket: list[Tensor] = []
    for gradient in gradients:
        full = sum(each.numel() for each in bucket) >= REDUCED_AT_A_TIME
        if bucket and (full or bucket[0].dtype != gradient.dtype):
            yield bucket
            bucket = []
        bucket.append(gradient)
    if bucket:
        yield bucket
