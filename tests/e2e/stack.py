"""`prism up` in a home of its own, with everything in it there to be killed."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from tests.installation import Installation, eventually


class Stack:
    """The processes of one `prism up`."""

    def __init__(self, installation: Installation, workers: int = 2) -> None:
        self.installation = installation
        (installation.home / "logs").mkdir(exist_ok=True)
        command = [sys.executable, "-m", "prism_client.command", "up", "--workers", str(workers)]
        with (installation.home / "logs" / "up.log").open("ab") as output:
            self._up = subprocess.Popen(
                command, env=installation.environment, stdout=output, stderr=output
            )
        eventually((installation.home / "processes.json").exists, 90)

    def pid(self, name: str) -> int:
        """Process of `server` or of `worker 1`, `worker 2` …"""
        pids = json.loads((self.installation.home / "processes.json").read_text())
        return int(pids[name])

    def kill_server(self) -> None:
        """Kill the server and wait until there is another one."""
        kill(self.pid("server"))
        eventually(self.installation.answers, 60)

    def kill_worker_of(self, run_id: str) -> datetime:
        """Kill the worker that executes a run."""
        with self.installation.client as client:
            name = client.attempts(run_id)[-1].worker
        return kill(self.pid(f"worker {name.rpartition('-')[2]}"))

    def kill_engine_of(self, run_id: str) -> datetime:
        attempt = self.installation.run(run_id).attempt
        return kill(self.installation.engine_pid(run_id, attempt))

    def take_server_away(self, seconds: float) -> None:
        """Kill the server and keep it from coming back for so long."""
        self._up.send_signal(signal.SIGSTOP)
        kill(self.pid("server"))
        time.sleep(seconds)
        self._up.send_signal(signal.SIGCONT)
        eventually(self.installation.answers, 60)

    def close(self) -> None:
        self._up.send_signal(signal.SIGCONT)
        self._up.terminate()
        try:
            self._up.wait(60)
        finally:
            self._up.kill()


@contextmanager
def running(installation: Installation) -> Iterator[Stack]:
    stack = Stack(installation)
    try:
        yield stack
    finally:
        stack.close()


def kill(pid: int) -> datetime:
    """`kill -9`; returns when."""
    os.kill(pid, signal.SIGKILL)
    return datetime.now(UTC)
