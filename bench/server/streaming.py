"""How soon a thousand browsers see what fifty engines write, and what memory that takes."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any
from urllib.parse import urlsplit

from bench.console import console
from bench.server.load import Engine
from bench.server.memory import Watch
from bench.server.rig import Rig, databases, serving

RUNS, BROWSERS, SECONDS = 50, 1000, 600


def measure(scale: float) -> dict[str, Any]:
    """Return latency, what was missed or repeated, and the server's memory meanwhile."""
    runs, browsers = max(20, int(RUNS * scale)), max(40, int(BROWSERS * scale))
    seconds = max(8.0, SECONDS * scale)
    with databases("sqlite") as new, serving(new("prism")) as rig:
        engines = [Engine(rig, slot) for slot in range(runs)]
        with Watch(rig.pid) as memory:
            seen = _attended(rig, engines, browsers, seconds)
    console.print(seen, memory.figures())
    return {
        "sse_p95_ms": seen["p95_ms"],
        "gaps": seen["gaps"],
        "doubles": seen["doubles"],
        "server_loaded_mb": memory.most,
        "sse": seen | {"runs": runs, "browsers": browsers, "seconds": seconds},
        "sse_memory_mb": memory.figures(),
    }


def _attended(rig: Rig, engines: list[Engine], browsers: int, seconds: float) -> dict[str, Any]:
    address = urlsplit(rig.url)
    order = {
        "host": address.hostname, "port": address.port, "browsers": browsers, "seconds": seconds,
        "admin": rig.secret("token"), "worker": rig.secret("worker-token"),
        "runs": [
            {"run_id": engine.run_id, "path": engine.path, "pipeline_id": engine.pipeline_id}
            for engine in engines
        ],
    }  # fmt: skip
    command = [sys.executable, "-m", "bench.server.audience"]
    ran = subprocess.run(
        command, input=json.dumps(order), stdout=subprocess.PIPE, text=True, check=True,
        timeout=seconds + 300,
    )  # fmt: skip
    seen: dict[str, Any] = json.loads(ran.stdout)
    return seen
