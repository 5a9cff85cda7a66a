"""Memory of processes as Linux shares it out among them (PSS)."""

from __future__ import annotations

import tempfile
import threading
import time
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from bench.console import console
from bench.server.rig import databases, serving
from tests.installation import Installation

SETTLING = 20.0
EVERY = 2.0


def measure(scale: float) -> dict[str, Any]:
    """Return what an idle server and an idle worker take; the loaded one's is the streaming's."""
    settling = max(5.0, SETTLING * scale)
    with databases("sqlite") as new, serving(new("prism")) as rig:
        rig.admin.ask("GET", "/api/v1/runs")
        time.sleep(settling)
        server = of_tree(rig.pid)
    figures = {"server_idle_mb": server, "worker_mb": _worker(settling)}
    console.print(figures)
    return figures


def _worker(settling: float) -> float:
    """Return the memory of a worker's tree that waits for work, and so has no engine."""
    with tempfile.TemporaryDirectory(prefix="prism-bench-worker-") as folder:
        installation = Installation(Path(folder) / "home")
        try:
            installation.start_server()
            worker = installation.start_worker()
            time.sleep(settling)
            return of_tree(worker.pid)
        finally:
            installation.close()


def of_tree(pid: int) -> float:
    """Return the megabytes of a process and of all below it."""
    parents = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            after_name = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue  # It has ended since it was listed.
        parents[int(stat.parent.name)] = int(after_name[1])
    tree, grown = {pid}, True
    while grown:
        below = {child for child, parent in parents.items() if parent in tree} - tree
        tree |= below
        grown = bool(below)
    return round(sum(_of_process(one) for one in tree) / 1000, 1)


def _of_process(pid: int) -> float:
    """Return kilobytes; none if the process has ended."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0.0
    return next((float(line.split()[1]) for line in lines if line.startswith("Pss:")), 0.0)


class Watch:
    """Looks at a tree's memory every other second, for as long as the block lasts."""

    def __init__(self, pid: int) -> None:
        self._pid = pid
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._look)
        self.seen: list[float] = []

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._over.set()
        self._thread.join()

    def _look(self) -> None:
        while not self._over.wait(EVERY):
            self.seen.append(of_tree(self._pid))

    @property
    def most(self) -> float:
        return max(self.seen)

    def figures(self) -> dict[str, float]:
        """Return the mean of every fifth of the time: memory is flat if the last are alike."""
        fifth = max(1, len(self.seen) // 5)
        parts = [self.seen[start : start + fifth] for start in range(0, len(self.seen), fifth)]
        names = ("first", "second", "third", "fourth", "last")
        means = (round(sum(part) / len(part), 1) for part in parts)
        return dict(zip(names, means, strict=False)) | {"most": self.most}
