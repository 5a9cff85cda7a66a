"""The GPUs of this machine, and which of them belong to which worker and which of its slots."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass

QUERY = ["--query-gpu=uuid,name,memory.total", "--format=csv,noheader,nounits"]


@dataclass(frozen=True)
class Device:
    """One GPU. `memory` is in MiB."""

    uuid: str
    name: str
    memory: int


def find_devices(chosen: str | None) -> list[Device] | None:
    """Ask the NVIDIA driver for the GPUs that this worker may use; None where there is no driver.

    Args:
        chosen: The worker's own `CUDA_VISIBLE_DEVICES`, by which Slurm and people share a machine.
    """
    program = shutil.which("nvidia-smi")
    if program is None:
        return None
    answer = subprocess.run(
        [program, *QUERY], capture_output=True, text=True, timeout=30, check=False
    )
    # The program may be installed where no driver runs; it then says so and ends with an error.
    return visible(read_devices(answer.stdout), chosen) if answer.returncode == 0 else None


def read_devices(table: str) -> list[Device]:
    """Read the driver's table of uuid, name and memory."""
    rows = [[cell.strip() for cell in row.split(",")] for row in table.splitlines() if row.strip()]
    return [Device(uuid, name, int(memory)) for uuid, name, memory in rows]


def visible(devices: Sequence[Device], chosen: str | None) -> list[Device]:
    """Keep those that are chosen by number or uuid, in that order.

    What the table does not list, such as a part of a GPU (MIG), is taken by its name. Nothing is
    known of its memory, so that it suits no run that asks for some.
    """
    if chosen is None:
        return list(devices)
    known = {str(number): device for number, device in enumerate(devices)}
    known |= {device.uuid: device for device in devices}
    names = [name.strip() for name in chosen.split(",") if name.strip()]
    return [known.get(name, Device(name, "", 0)) for name in names]


def deal(devices: Sequence[Device], shares: int) -> list[list[Device]]:
    """Deal the devices out evenly, so that each belongs to one of those who share them."""
    return [list(devices[share::shares]) for share in range(shares)]
