"""What a run needs of the worker that executes it."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import StringConstraints, model_validator

from prism_engine.contract.settings import Settings, setting

QueueName = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_-]{0,62}$")]


class Resources(Settings):
    """Where a run waits, and for what."""

    queue: QueueName = setting(
        "default", "Queue that it waits in; every worker says which ones it serves", "schedule"
    )
    gpus: int | None = setting(
        None, "GPUs that it needs; if left out, those of whichever slot takes it, be it none",
        "schedule", ge=0, le=1024, unit="GPUs",
    )  # fmt: skip
    nodes: int = setting(
        1, "Slots that it is spread over, each with these GPUs; they are claimed together",
        "schedule", ge=1, le=1024, advanced=True,
    )  # fmt: skip
    gpu_memory: int | None = setting(
        None, "Memory that each of them has at least, as makers count: 80 for an H100 of 80 GB",
        "schedule", ge=1, unit="GB", advanced=True,
    )  # fmt: skip
    priority: int = setting(
        0, "Whatever has a higher one goes first, however long others have waited", "schedule",
        ge=-1000, le=1000, advanced=True,
    )  # fmt: skip

    hours: float | None = setting(
        None, "Longest time that it may take, all its attempts together; then it saves and stops",
        "schedule", gt=0, le=100_000, unit="h", advanced=True,
    )  # fmt: skip

    @model_validator(mode="after")
    def _memory_is_somethings(self) -> Self:
        if self.gpu_memory is not None and not self.gpus:
            raise ValueError("gpu_memory is that of each GPU: say in gpus how many, at least 1")
        return self
