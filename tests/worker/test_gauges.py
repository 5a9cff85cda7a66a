"""Gauges of GPUs; the library that speaks to the driver is the fake, as there is no GPU here."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace

import pytest

from prism_client.devices import Device
from prism_engine.contract.events import DevicesMeasured, DeviceUse, EventLog, read_events
from worker.gauges import DeviceRecorder, Nvml

BUSY, SILENT, GONE = (Device(f"GPU-{name}", "H100", 81_559) for name in ("busy", "silent", "gone"))


class FakeNvml(ModuleType):
    """`pynvml` on a machine with two GPUs, of which one tells nothing but its memory."""

    class NVMLError(Exception):
        pass

    def __init__(self, driver: bool = True) -> None:
        super().__init__("pynvml")
        self.driver = driver
        self.percent = iter([20, 60, 100])

    def nvmlInit(self) -> None:
        if not self.driver:
            raise self.NVMLError("Driver Not Loaded")

    def nvmlDeviceGetHandleByUUID(self, uuid: str) -> str:
        return self._told(uuid, uuid != "GPU-gone")

    def nvmlDeviceGetUtilizationRates(self, handle: str) -> SimpleNamespace:
        self._told(handle, handle == "GPU-busy")
        return SimpleNamespace(gpu=next(self.percent), memory=1)

    def nvmlDeviceGetMemoryInfo(self, handle: str) -> SimpleNamespace:
        return SimpleNamespace(used=7 * 2**30, total=80 * 2**30)

    def nvmlDeviceGetPowerUsage(self, handle: str) -> int:
        self._told(handle, handle == "GPU-busy")
        return 312_500

    def _told(self, handle: str, known: bool) -> str:
        if not known:
            raise self.NVMLError("Not Supported")
        return handle


@pytest.fixture
def nvml(monkeypatch: pytest.MonkeyPatch) -> Nvml:
    monkeypatch.setitem(sys.modules, "pynvml", FakeNvml())
    opened = Nvml.open()
    assert opened is not None
    return opened


def test_what_the_driver_does_not_tell_is_absent(nvml: Nvml) -> None:
    assert nvml.look(BUSY) == DeviceUse(
        uuid="GPU-busy", utilisation=0.2, memory=7 * 2**30, power=312.5
    )
    assert nvml.look(SILENT) == DeviceUse(uuid="GPU-silent", memory=7 * 2**30)
    assert nvml.look(GONE) == DeviceUse(uuid="GPU-gone")


def test_a_machine_without_library_or_driver_has_no_gauges(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "pynvml", FakeNvml(driver=False))
    assert Nvml.open() is None
    monkeypatch.setitem(sys.modules, "pynvml", None)
    assert Nvml.open() is None


async def test_an_event_holds_the_means_of_several_looks(nvml: Nvml, tmp_path: Path) -> None:
    path = tmp_path / "worker.jsonl"
    with EventLog(path) as events:
        recorder = DeviceRecorder(nvml, [BUSY, SILENT], events, look_every=0.02, write_every=60)
        following = asyncio.create_task(recorder.follow())
        while len(recorder._looks) < 3:  # noqa: ASYNC110 - it has no event for it
            await asyncio.sleep(0.005)
        following.cancel()
        await asyncio.wait([following])
    (event,) = read_events(path)
    assert isinstance(event, DevicesMeasured)
    assert event.devices == [
        DeviceUse(uuid="GPU-busy", utilisation=0.6, memory=7 * 2**30, power=312.5),
        DeviceUse(uuid="GPU-silent", memory=7 * 2**30),
    ]
    assert 0.06 <= event.seconds < 10


async def test_without_gauges_nothing_is_written(tmp_path: Path) -> None:
    path = tmp_path / "worker.jsonl"
    with EventLog(path) as events:
        await DeviceRecorder(None, [BUSY], events).follow()
    assert list(read_events(path)) == []
