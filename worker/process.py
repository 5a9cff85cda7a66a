"""Processes by more than their number, which the system gives to another one later."""

from __future__ import annotations

import os
import signal
from dataclasses import asdict, dataclass
from pathlib import Path


@dataclass(frozen=True)
class ProcessIdentity:
    """A process of this machine: its start time and the boot tell it from later ones."""

    pid: int
    start: int
    boot: str

    @classmethod
    def of(cls, pid: int) -> ProcessIdentity | None:
        """Look a process up; None if it is gone, or where the system has no /proc."""
        try:
            status = Path(f"/proc/{pid}/stat").read_text()
            boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
        except OSError:
            return None
        # The second field is the program's name in brackets, which may itself hold brackets.
        fields = status.rpartition(")")[2].split()
        state, start = fields[0], int(fields[19])
        return None if state in "ZX" else cls(pid, start, boot)

    def is_alive(self) -> bool:
        return ProcessIdentity.of(self.pid) == self

    def as_json(self) -> dict[str, object]:
        return asdict(self)


def signal_group(leader: int, number: signal.Signals) -> None:
    """Signal every process of the group that `leader` began, if any is left."""
    try:
        os.killpg(leader, number)
    except ProcessLookupError:
        return
