"""Being asked to stop: by SIGTERM, or by the end of the process that started this one."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

PARENT_PIPE = "PRISM_PARENT_PIPE"
"""Names the file descriptor of a pipe whose other end the parent holds as long as it lives."""

ORPHAN_GRACE = "PRISM_ORPHAN_GRACE"
"""Seconds that an orphan has to save before its whole process group is ended."""


class Interruption:
    """Says at every step boundary whether the run was asked to stop."""

    def __init__(self) -> None:
        self.requested = False

    def listen(self) -> None:
        """Hear SIGTERM, and watch the parent's pipe where there is one."""
        signal.signal(signal.SIGTERM, self._on_signal)
        if descriptor := os.environ.get(PARENT_PIPE):
            grace = float(os.environ.get(ORPHAN_GRACE, "30"))
            threading.Thread(target=self._watch, args=(int(descriptor), grace), daemon=True).start()

    @contextmanager
    def ending(self) -> Iterator[None]:
        """Meanwhile SIGTERM ends the process, which waits for others and gets to no boundary."""
        before = signal.signal(signal.SIGTERM, signal.SIG_DFL)
        if self.requested:
            os.kill(os.getpid(), signal.SIGTERM)
        try:
            yield
        finally:
            signal.signal(signal.SIGTERM, before)

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        self.requested = True

    def _watch(self, descriptor: int, grace: float) -> None:
        while os.read(descriptor, 1):
            pass
        self.requested = True
        # Nobody renews the lease of an orphan: another attempt may start once it is over, so this
        # one must be gone by then even if it hangs.
        time.sleep(grace)
        if "RANK" in os.environ:
            # The group may hold whoever started the launcher, and every rank looks after itself.
            os.kill(os.getpid(), signal.SIGKILL)
        os.killpg(os.getpgrp(), signal.SIGKILL)
