"""How the processes of a run share its work."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from prism_engine.contract.settings import Settings, setting


class Single(Settings):
    """One process that holds everything."""

    kind: Literal["single"] = "single"


class Offloaded(Settings):
    """One process. Moments, and float32 weights behind copies in bfloat16, lie in the machine's
    memory but for their part of an optimizer's step: slower, and the same numbers."""

    kind: Literal["offloaded"] = "offloaded"


OFFLOADED_PART = 2**28
"""So many weights take the step at a time, with two moments each: three gigabytes."""


class Spread(Settings):
    """Several processes on each node, which share every step's batch."""

    processes: int | None = setting(
        None, "On each node; if left out, one for every GPU that the run is given there",
        "schedule", ge=1, le=64,
    )  # fmt: skip


REDUCED_AT_A_TIME = 2**25
"""Gradients, of which processes add up so many numbers at a time."""


class Ddp(Spread):
    """Every process holds all weights and all of the optimizer; gradients are added up."""

    kind: Literal["ddp"] = "ddp"


class DeepSpeed(Spread):
    """DeepSpeed's ZeRO (arXiv 1910.02054): moments and gradients in shards, or weights as well."""

    kind: Literal["deepspeed"] = "deepspeed"
    stage: int = setting(
        2, "2, or 3, which keeps the weights in shards too, but while a pass computes with them",
        "schedule", ge=2, le=3,
    )  # fmt: skip
    offload: bool = setting(
        False, "Keep moments, and what is in shards of the weights, in the machine's memory",
        "schedule",
    )  # fmt: skip


class Fsdp2(Spread):
    """PyTorch's fully sharded data parallelism: weights, gradients and moments in shards."""

    kind: Literal["fsdp2"] = "fsdp2"


Distribution = Annotated[Single | Offloaded | Ddp | DeepSpeed | Fsdp2, Field(discriminator="kind")]
