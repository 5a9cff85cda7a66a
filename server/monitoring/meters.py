"""What this process counts for Prometheus, and what it looks up when it is asked."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector

SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)


class Meters:
    """One per process; each has a registry of its own."""

    def __init__(self) -> None:
        registry = self.registry = CollectorRegistry()
        ProcessCollector(registry=registry)
        labels = ["method", "route"]
        self._requests = Counter(
            "prism_requests", "Requests answered", [*labels, "status"], registry=registry
        )
        self._seconds = Histogram(
            "prism_request_seconds", "Time until an answer began", labels,
            buckets=SECONDS, registry=registry,
        )  # fmt: skip
        self._events = Counter(
            "prism_events", "Events taken in from workers", ["outcome"], registry=registry
        )
        self.streams = Gauge("prism_streams", "Browsers on the stream", registry=registry)
        self.runs = Gauge("prism_runs", "Runs by state", ["state"], registry=registry)
        self.queue_wait = Gauge(
            "prism_queue_wait_seconds", "How long the run that waits longest has waited",
            ["queue"], registry=registry,
        )  # fmt: skip
        self.compactor_lag = Gauge(
            "prism_compactor_lag_steps", "Steps that could be in chunks and are not yet",
            registry=registry,
        )  # fmt: skip
        self.disk_free = Gauge(
            "prism_disk_free_bytes", "Room left on the disk of the home", registry=registry
        )
        self.disk_total = Gauge(
            "prism_disk_total_bytes", "Size of the disk of the home", registry=registry
        )

    def answered(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count a request whose answer began after so long."""
        self._requests.labels(method, route, status).inc()
        self._seconds.labels(method, route).observe(seconds)

    def took_in(self, accepted: int, quarantined: int) -> None:
        """Count events of a batch."""
        self._events.labels("accepted").inc(accepted)
        self._events.labels("quarantined").inc(quarantined)
