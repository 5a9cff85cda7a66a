"""Where figures go: one JSON file per table, with what they were measured on."""

from __future__ import annotations

import json
import os
import platform
import subprocess
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

RESULTS = Path(__file__).parent / "results"


def record(name: str, figures: dict[str, Any]) -> None:
    """Write `bench/results/<name>.json` and print the figures as the last line."""
    measured_on = {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "commit": _output("git", "rev-parse", "HEAD"),
        "processor": processor(),
        "cores": os.cpu_count(),
        "device": _output("nvidia-smi", "--query-gpu=name", "--format=csv,noheader") or "cpu",
        "python": platform.python_version(),
    }
    RESULTS.mkdir(exist_ok=True)
    content = {"measured_on": measured_on, "figures": figures}
    (RESULTS / f"{name}.json").write_text(json.dumps(content, indent=2) + "\n")
    print(json.dumps(figures), flush=True)


def recorded(name: str) -> dict[str, Any]:
    """The figures of the last time; nothing if there was none."""
    path = RESULTS / f"{name}.json"
    return json.loads(path.read_text())["figures"] if path.is_file() else {}


def processor() -> str:
    """What the machine computes with."""
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.split(":", 1)[1].strip()
    return platform.processor()


def _output(*command: str) -> str:
    """What a program prints, or nothing where there is no such program."""
    try:
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
    except (FileNotFoundError, subprocess.CalledProcessError):
        return ""
