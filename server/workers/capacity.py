"""What a worker's slot has to offer."""

from __future__ import annotations

from typing import NamedTuple

from server.tables import Worker

MEBIBYTES_IN_GIGABYTE = 10**9 / 2**20


class Capacity(NamedTuple):
    """The GPUs of one slot."""

    gpus: int
    gpu_memory: int
    """Of the smallest, in GB as makers count, so that a card of 80 GB has what it is sold by."""

    def suits(self, gpus: int | None, gpu_memory: int | None) -> bool:
        """Whether a run that needs so much may have it."""
        return (gpus or 0) <= self.gpus and (gpu_memory or 0) <= self.gpu_memory


def capacity_of(worker: Worker, slot: int) -> Capacity:
    """Return what a slot has; one that the worker did not speak of has nothing."""
    devices = worker.devices[slot] if slot < len(worker.devices) else []
    smallest = min((device["memory"] for device in devices), default=0)
    return Capacity(len(devices), int(smallest / MEBIBYTES_IN_GIGABYTE))
