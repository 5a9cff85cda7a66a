from __future__ import annotations

import os
import signal
import subprocess
import sys
import time

LISTENS = """
import sys, time
from prism_engine.interruption import Interruption
interruption = Interruption()
interruption.listen()
print("listens", flush=True)
while not interruption.requested:
    pass
time.sleep(2)
sys.exit(6)
"""


def test_requests_that_come_on_each_others_heels_are_one() -> None:
    """The kernel sends one for each thread of a worker that dies: a handler meets itself."""
    process = subprocess.Popen([sys.executable, "-c", LISTENS], stdout=subprocess.PIPE)
    try:
        assert process.stdout is not None
        assert process.stdout.readline() == b"listens\n"
        until = time.monotonic() + 1.5
        while time.monotonic() < until:
            os.kill(process.pid, signal.SIGTERM)
        assert process.wait(20) == 6
    finally:
        process.kill()
        process.wait()
