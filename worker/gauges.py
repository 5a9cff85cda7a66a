"""What GPUs do, by NVIDIA's management library (NVML) where the machine has it."""

from __future__ import annotations

import asyncio
import importlib
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from statistics import fmean
from typing import Any

import structlog

from prism_client.devices import Device
from prism_engine.contract.events import DevicesMeasured, DeviceUse, EventLog

log = structlog.get_logger()

LOOK_EVERY = 2.0
WRITE_EVERY = 30.0
"""Seconds. One event holds the means of so many looks, so that a week of them is still small."""


class Nvml:
    """The library, opened. A figure that it cannot give is None."""

    def __init__(self, library: Any) -> None:
        self._library = library

    @classmethod
    def open(cls) -> Nvml | None:
        """Open it; None where it is not installed, or there is no driver to speak to."""
        try:
            library = importlib.import_module("pynvml")
        except ImportError:
            return None
        try:
            library.nvmlInit()
        except library.NVMLError as error:
            log.warning("devices_unmeasured", reason=str(error))
            return None
        return cls(library)

    def look(self, device: Device) -> DeviceUse:
        """Read what a device does now."""
        nvml = self._library
        handle = self._answer(lambda: nvml.nvmlDeviceGetHandleByUUID(device.uuid))
        if handle is None:
            return DeviceUse(uuid=device.uuid)
        percent = self._answer(lambda: nvml.nvmlDeviceGetUtilizationRates(handle).gpu)
        milliwatts = self._answer(lambda: nvml.nvmlDeviceGetPowerUsage(handle))
        return DeviceUse(
            uuid=device.uuid,
            utilisation=None if percent is None else percent / 100,
            memory=self._answer(lambda: nvml.nvmlDeviceGetMemoryInfo(handle).used),
            power=None if milliwatts is None else milliwatts / 1000,
        )

    def _answer(self, ask: Callable[[], Any]) -> Any | None:
        with suppress(self._library.NVMLError):
            return ask()
        return None


@dataclass
class DeviceRecorder:
    """Writes what the devices of one engine do into the worker's event file."""

    nvml: Nvml | None
    devices: Sequence[Device]
    events: EventLog
    look_every: float = LOOK_EVERY
    write_every: float = WRITE_EVERY
    _looks: list[list[DeviceUse]] = field(default_factory=list)
    _since: float = field(default_factory=time.monotonic)

    async def follow(self) -> None:
        """Record until cancelled; without the library or devices there is nothing to record."""
        if self.nvml is None or not self.devices:
            return
        try:
            while True:
                await asyncio.sleep(self.look_every)
                self._looks.append([self.nvml.look(device) for device in self.devices])
                if time.monotonic() - self._since >= self.write_every:
                    self._write()
        finally:
            if self._looks:
                self._write()

    def _write(self) -> None:
        seconds, self._since = time.monotonic() - self._since, time.monotonic()
        devices = [_sum_up(uses) for uses in zip(*self._looks, strict=True)]
        self.events.write(DevicesMeasured, seconds=round(seconds, 3), devices=devices)
        self._looks = []


def _sum_up(uses: Sequence[DeviceUse]) -> DeviceUse:
    utilisation = [use.utilisation for use in uses if use.utilisation is not None]
    memory = [use.memory for use in uses if use.memory is not None]
    power = [use.power for use in uses if use.power is not None]
    return DeviceUse(
        uuid=uses[0].uuid,
        utilisation=round(fmean(utilisation), 4) if utilisation else None,
        memory=max(memory) if memory else None,
        power=round(fmean(power), 1) if power else None,
    )
