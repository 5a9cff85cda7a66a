"""Memory that runs out says in which part of a run, and which setting asks for less."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch

from prism_engine.errors import OutOfMemory

REMEDIES = {
    "loading": "start from a smaller model, or ask for a device with more memory "
    "(resources.gpu_memory): `validate` says how much the weights alone take",
    "collecting": "lower batch_size or prompts_per_step",
    "sampling": "lower sampling.tokens_at_a_time, sampling.max_new_tokens or prompts_per_step "
    "(batch_size in an evaluation)",
    "learning": "lower tuning.tokens_per_pass, set tuning.gradient_checkpointing, or set "
    "distribution to {kind: offloaded}",
    "judging": "lower game.tokens_per_pass, or set distribution to {kind: offloaded}",
}
"""By the part of a run."""


@contextmanager
def spent_on(part: str) -> Iterator[None]:
    """Name the part of a run, one of `REMEDIES`, in which memory runs out; the innermost counts.

    Raises:
        OutOfMemory: it did.
    """
    try:
        yield
    except (torch.OutOfMemoryError, MemoryError, RuntimeError) as error:
        if not is_shortage(error):
            raise
        raise OutOfMemory(part, REMEDIES[part], str(error)) from error


def is_shortage(error: BaseException) -> bool:
    """Whether memory ran out. On the CPU torch says so in words only."""
    found = isinstance(error, OutOfMemory | torch.OutOfMemoryError | MemoryError)
    return found or "can't allocate" in str(error)
