"""Ids that say what they name and sort by when they were made."""

from __future__ import annotations

import secrets
import time
from typing import Literal

Prefix = Literal[
    "prj",
    "pip",
    "run",
    "att",
    "wrk",
    "dat",
    "mod",
    "ckp",
    "tok",
    "usr",
    "ses",
    "inv",
    "srv",
    "req",
    "whk",
    "msg",
    "key",
    "viw",
    "alr",
    "std",
    "mem",
]


def new_id(prefix: Prefix) -> str:
    """Return the prefix and a UUIDv7 (RFC 9562) in hexadecimal, such as `run_0199a3…`."""
    milliseconds, nanoseconds = divmod(time.time_ns(), 1_000_000)
    # The twelve bits after the version hold the fraction of the millisecond, so that ids made in
    # one loop still sort in the order in which they were made.
    fraction = nanoseconds * 4096 // 1_000_000
    tail = secrets.randbits(62) | (1 << 63)
    return f"{prefix}_{milliseconds:012x}{0x7000 | fraction:04x}{tail:016x}"
