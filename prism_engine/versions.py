"""What this engine runs on, for the record."""

from __future__ import annotations

import platform
from importlib.metadata import PackageNotFoundError, version

from prism_engine.contract import VERSION


def versions() -> dict[str, str]:
    """The versions of whatever may change a number."""
    found = {"python": platform.python_version(), "contract": str(VERSION)}
    for package in ("prism-control", "torch", "transformers", "numpy", "pillow"):
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            # A source tree that was never installed has no version of its own.
            continue
    return found
