"""`make bench-web`: every part, or the one that is named."""

from __future__ import annotations

import argparse
import json
from typing import Any

from bench.console import console
from bench.record import record
from bench.server.rig import databases, serving
from bench.web import measures
from bench.web.world import build
from tests.e2e.chromium import chromium

RUNS, STEPS, SAMPLES = 100_000, 100_000, 10_000
SOAK_SECONDS = 60.0


def main() -> None:
    """Measure, and print the figures as the last line; only those of full size are recorded."""
    parser = argparse.ArgumentParser(prog="python -m bench.web")
    parser.add_argument("--scale", type=float, default=1.0, help="0.02 tries it out")
    parser.add_argument("--soak", type=float, default=SOAK_SECONDS, help="seconds; 1200 prove it")
    arguments = parser.parse_args()
    figures = measure(arguments.scale, arguments.soak)
    if arguments.scale == 1:
        record("web", figures)
    else:
        print(json.dumps(figures))


def measure(scale: float, soak: float) -> dict[str, Any]:
    """Return every figure, at a share of the full size."""
    samples = max(300, int(SAMPLES * scale))
    with databases("sqlite") as new, serving(new("prism")) as rig:
        world = build(rig, max(500, int(RUNS * scale)), max(4000, int(STEPS * scale)), samples)
        with chromium() as browser:
            visitor = measures.Visitor(browser, world)
            figures: dict[str, Any] = {}
            for part in (
                measures.initial_js,
                measures.run_table,
                measures.compare,
                measures.zoom,
                lambda one: measures.samples(one, samples),
                lambda one: measures.live(one, soak),
            ):
                figures |= part(visitor)
                console.print(figures)
    return figures


if __name__ == "__main__":
    main()
