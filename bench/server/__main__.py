"""`make bench-server`: every part, or the one that is named."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from typing import Any

from bench.record import record, recorded
from bench.server import chart, history, ingest, memory, streaming

PARTS: dict[str, Callable[[float], dict[str, Any]]] = {
    "ingest": ingest.measure,
    "chart": chart.measure,
    "history": history.measure,
    "streaming": streaming.measure,
    "memory": memory.measure,
}


def main() -> None:
    """Measure, and add the figures to those of the parts that were not asked for."""
    parser = argparse.ArgumentParser(prog="python -m bench.server")
    parser.add_argument("--part", choices=PARTS, help="only this one")
    parser.add_argument("--scale", type=float, default=1.0, help="0.02 tries it out")
    arguments = parser.parse_args()
    full = arguments.scale == 1
    figures = recorded("server") if full else {}
    for name in [arguments.part] if arguments.part else PARTS:
        figures |= PARTS[name](arguments.scale)
        # After each part: what was measured is kept, whatever becomes of the next.
        if full:
            record("server", figures)
    if not full:
        print(json.dumps(figures))


if __name__ == "__main__":
    main()
