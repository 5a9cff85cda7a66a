"""Processes that must not outlive the one that started them."""

from __future__ import annotations

import ctypes
import os
import signal
from collections.abc import Callable

PR_SET_PDEATHSIG = 1


def end_with_parent(parent: int) -> Callable[[], None] | None:
    """What a child has to call so that the kernel sends it SIGTERM when its parent dies.

    The signal follows the thread that spawned the child, not the whole parent: spawn from one that
    lives as long as the parent does. Only Linux has this; elsewhere there is nothing to call.
    """
    try:
        prctl = ctypes.CDLL(None, use_errno=True).prctl
    except (OSError, AttributeError):
        return None

    def arm() -> None:
        prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != parent:  # The parent died before the kernel knew whom to tell.
            os.kill(os.getpid(), signal.SIGTERM)

    return arm
