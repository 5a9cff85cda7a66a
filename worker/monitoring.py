"""What Prometheus is told of a worker, looked up when it asks."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from prometheus_client import CollectorRegistry, ProcessCollector, start_http_server
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector


class Leases:
    """Counts the attempts that this worker looks after."""

    def __init__(self) -> None:
        self.number = 0

    @contextmanager
    def held(self) -> Iterator[None]:
        """Count one more in this block."""
        self.number += 1
        try:
            yield
        finally:
            self.number -= 1


class WorkerCollector(Collector):
    """Slots, leases and the spool: what engines have written and the server has not taken yet."""

    def __init__(self, slots: int, busy: Callable[[], int], leases: Leases, runs: Path) -> None:
        self._slots = slots
        self._busy = busy
        self._leases = leases
        self._runs = runs

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """Yield every figure as it is now."""
        busy = self._busy()
        slots = GaugeMetricFamily("prism_worker_slots", "Slots by state", labels=["state"])
        slots.add_metric(["busy"], busy)
        slots.add_metric(["idle"], self._slots - busy)
        yield slots
        yield GaugeMetricFamily(
            "prism_worker_leases", "Attempts that the worker looks after", self._leases.number
        )
        yield GaugeMetricFamily(
            "prism_worker_spool_bytes",
            "Bytes of events on this machine that the server has not taken yet",
            spooled_bytes(self._runs),
        )


def spooled_bytes(runs: Path) -> int:
    """Sum what the server has not taken yet of every attempt whose end it does not know."""
    total = 0
    for claim in runs.glob("*/*/claim.json"):
        attempt = claim.parent
        if (attempt / "reported").exists():
            continue
        kept = attempt / "offsets.json"
        offsets = json.loads(kept.read_text()) if kept.exists() else {}
        for events in (attempt / "worker.jsonl", *attempt.glob("engine/*/events.jsonl")):
            if events.exists():
                total += max(0, events.stat().st_size - offsets.get(events.name, 0))
    return total


def serve_metrics(host: str, port: int, collector: WorkerCollector) -> None:
    """Answer Prometheus in a thread of its own for as long as the process lives."""
    registry = CollectorRegistry()
    registry.register(collector)
    ProcessCollector(registry=registry)
    start_http_server(port, host, registry)
