"""What the doctor looks at."""

from __future__ import annotations

import importlib.util
import os
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass

from prism_client.client import Client
from prism_client.errors import PrismError
from prism_client.home import Home
from prism_engine.contract import VERSION


@dataclass(frozen=True)
class Finding:
    """One thing looked at. `needed`: without it nothing works here."""

    name: str
    good: bool
    detail: str
    needed: bool = True


def examine(home: Home) -> Iterator[Finding]:
    """Look at everything that a run needs."""
    version = ".".join(map(str, sys.version_info[:3]))
    yield Finding("python", sys.version_info >= (3, 11), f"{version}; 3.11 or newer is needed")
    for package in ("torch", "transformers", "fastapi", "celery"):
        found = importlib.util.find_spec(package) is not None
        yield Finding(package, found, "installed" if found else "pip install 'prism-control[all]'")
    yield _home(home)
    driver = shutil.which("nvidia-smi")
    yield Finding(
        "gpu driver", driver is not None, driver or "none: runs use the CPU", needed=False
    )
    yield _server(home)


def _home(home: Home) -> Finding:
    existing = next(path for path in [home.path, *home.path.parents] if path.exists())
    writable = os.access(existing, os.W_OK)
    free = shutil.disk_usage(existing).free / 2**30
    detail = f"{home.path}, {free:.1f} GiB free" if writable else f"cannot write to {existing}"
    return Finding("PRISM_HOME", writable, detail)


def _server(home: Home) -> Finding:
    try:
        with Client(home.url(), home.token()) as client:
            health = client.health()
    except PrismError as error:
        return Finding("server", False, str(error), needed=False)
    detail = f"{client.url}, version {health.version}, database {health.database}"
    if health.contract != VERSION:
        detail += f"; its contract is {health.contract}, ours {VERSION}: install the same version"
    return Finding("server", health.contract == VERSION, detail, needed=False)
