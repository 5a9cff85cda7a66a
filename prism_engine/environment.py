"""What this process carries a run out with, for the record."""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
from collections.abc import Iterator
from functools import cache
from importlib.metadata import distributions
from pathlib import Path

import torch

from prism_engine.checkout import Checkout
from prism_engine.contract.config import Run
from prism_engine.contract.environment import Code, DataFile, Environment, Gpu, Patch
from prism_engine.contract.manifest import hash_file

PACKAGE = "prism-control"
SECONDS = 30
"""How long a driver may take to say its version: one that hangs never does."""


def environment_of(settings: Run, seed: int, ranks: int) -> Environment:
    """Describe what a run of these settings is carried out with."""
    code, _ = code_version()
    return Environment(
        code=code,
        python=platform.python_version(),
        packages=installed(),
        lock_sha256=_lock(),
        platform=platform.platform(),
        processor=_line("/proc/cpuinfo", "model name"),
        processors=os.cpu_count(),
        memory=_memory(),
        gpus=list(_gpus()),
        driver=_driver() if torch.cuda.is_available() else None,
        cuda=torch.version.cuda,
        cudnn=_cudnn(),
        ranks=ranks,
        threads=torch.get_num_threads(),
        seed=seed,
        data=dict(_data(settings)),
        settings=settings.model_dump(mode="json"),
    )


@cache
def code_version() -> tuple[Code, list[Patch]]:
    """Which code this process was started with, and in what it differs from its commit.

    It is asked once: what somebody edits while the process runs, it does not run.
    """
    version = installed().get(PACKAGE)
    checkout = _checkout()
    return checkout.describe(version) if checkout else (Code(version=version), [])


@cache
def installed() -> dict[str, str]:
    """Every installed distribution and its version."""
    found = {one.name: one.version for one in distributions() if one.name}
    return dict(sorted(found.items(), key=lambda pair: pair[0].lower()))


def _checkout() -> Checkout | None:
    return Checkout.of(Path(__file__).resolve().with_name("__init__.py"))


def _lock() -> str | None:
    checkout = _checkout()
    lock = checkout and checkout.folder / "constraints.txt"
    return hash_file(lock) if lock and lock.is_file() else None


def _data(settings: Run) -> Iterator[tuple[str, DataFile]]:
    """Give the rows of every data set that is there; of one that is not the run will complain."""
    for name, location in settings.data_sets().items():
        path = Path(location)
        file = path / "data.jsonl" if path.is_dir() else path
        if file.is_file():
            # What is mixed in is named by where it lies, which says nothing on another machine.
            known = name.replace(location, path.name)
            yield known, DataFile(path=str(file), sha256=hash_file(file), size=file.stat().st_size)


def _gpus() -> Iterator[Gpu]:
    if not torch.cuda.is_available():
        return
    for number in range(torch.cuda.device_count()):
        found = torch.cuda.get_device_properties(number)
        yield Gpu(
            name=found.name, memory=found.total_memory, capability=f"{found.major}.{found.minor}"
        )


def _driver() -> str | None:
    program = shutil.which("nvidia-smi")
    if program is None:
        return None
    query = [program, "--query-gpu=driver_version", "--format=csv,noheader"]
    try:
        answer = subprocess.run(query, capture_output=True, text=True, timeout=SECONDS, check=False)
    except (OSError, subprocess.TimeoutExpired):
        # The record lacks a line then, and the run begins all the same.
        return None
    versions = answer.stdout.split()
    return versions[0] if answer.returncode == 0 and versions else None


def _cudnn() -> str | None:
    version = torch.backends.cudnn.version() if torch.cuda.is_available() else None
    return None if version is None else str(version)


def _memory() -> int | None:
    kibibytes = _line("/proc/meminfo", "MemTotal")
    return int(kibibytes.split()[0]) * 1024 if kibibytes else None


def _line(file: str, name: str) -> str | None:
    """Read a value from the files in which Linux tells of itself; None on another system."""
    try:
        lines = Path(file).read_text("utf-8").splitlines()
    except OSError:
        return None
    found = (line.partition(":") for line in lines)
    return next((value.strip() for key, _, value in found if key.strip() == name), None)
