"""The GPUs of this machine, and which of them belong to which slot."""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import dataclass

QUERY = ["--query-gpu=uuid,name,memory.total", "--format=csv,noheader,nounits"]


@dataclass(frozen=True)
class Device:
    """One GPU. `memory` is in MiB."""

    uuid: str
    name: str
    memory: int


def find_devices() -> list[Device]:
    """Ask the NVIDIA driver; a machine without one has no devices."""
    program = shutil.which("nvidia-smi")
    if program is None:
        return []
    answer = subprocess.run(
        [program, *QUERY], capture_output=True, text=True, timeout=30, check=False
    )
    # The program may be installed where no driver runs; it then says so and ends with an error.
    return read_devices(answer.stdout) if answer.returncode == 0 else []


def read_devices(table: str) -> list[Device]:
    """Read the driver's table of uuid, name and memory."""
    rows = [[cell.strip() for cell in row.split(",")] for row in table.splitlines() if row.strip()]
    return [Device(uuid, name, int(memory)) for uuid, name, memory in rows]


def devices_of_slot(devices: list[Device], slot: int, slots: int) -> list[Device]:
    """Deal the devices out evenly; `slot` counts from 0."""
    return devices[slot::slots]
