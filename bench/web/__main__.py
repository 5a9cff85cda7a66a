"""`make bench-web`: every part, or the one that is named."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Sequence
from typing import Any

from bench.console import console
from bench.record import record, recorded
from bench.server.rig import databases, serving
from bench.web import measures
from bench.web.world import build
from tests.e2e.chromium import chromium

RUNS, STEPS, SAMPLES = 100_000, 100_000, 10_000
SOAK_SECONDS = 60.0
PARTS = ("js", "table", "compare", "zoom", "samples", "live", "soak")


def main() -> None:
    """Measure, and print the figures as the last line; only those of full size are recorded."""
    parser = argparse.ArgumentParser(prog="python -m bench.web")
    parser.add_argument("--part", choices=PARTS, help="only this one")
    parser.add_argument("--scale", type=float, default=1.0, help="0.02 tries it out")
    parser.add_argument("--soak", type=float, default=SOAK_SECONDS, help="seconds; 1200 prove it")
    arguments = parser.parse_args()
    parts = [arguments.part] if arguments.part else PARTS
    figures = measure(arguments.scale, arguments.soak, parts)
    if arguments.scale == 1:
        record("web", recorded("web") | figures)
    else:
        print(json.dumps(figures))


def measure(scale: float, soak: float, parts: Sequence[str] = PARTS) -> dict[str, Any]:
    """Return the figures of some parts, at a share of the full size."""
    samples = max(300, int(SAMPLES * scale))
    measured: dict[str, Callable[[measures.Visitor], dict[str, Any]]] = {
        "js": measures.initial_js,
        "table": measures.run_table,
        "compare": measures.compare,
        "zoom": measures.zoom,
        "samples": lambda visitor: measures.samples(visitor, samples),
        "live": measures.live,
        "soak": lambda visitor: measures.soak(visitor, soak),
    }
    figures: dict[str, Any] = {}
    with databases("sqlite") as new, serving(new("prism")) as rig:
        world = build(rig, max(500, int(RUNS * scale)), max(4000, int(STEPS * scale)), samples)
        with chromium() as browser:
            visitor = measures.Visitor(browser, world)
            for part in parts:
                figures |= measured[part](visitor)
                console.print(figures)
    return figures


if __name__ == "__main__":
    main()
