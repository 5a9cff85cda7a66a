from __future__ import annotations

import json
import socket
from pathlib import Path
from urllib.request import urlopen

import structlog

from worker.logs import configure_logs
from worker.monitoring import Leases, WorkerCollector, serve_metrics, spooled_bytes


def attempt(runs: Path, number: int, events: str, taken: int) -> Path:
    """Make what a worker has of an attempt whose events the server has taken so far."""
    folder = runs / "run_1" / str(number)
    (folder / "engine" / "sft").mkdir(parents=True)
    (folder / "claim.json").write_text("{}")
    (folder / "engine" / "sft" / "events.jsonl").write_text(events)
    (folder / "worker.jsonl").write_text("12345")
    (folder / "offsets.json").write_text(json.dumps({"events.jsonl": taken}))
    return folder


def test_the_spool_is_what_the_server_has_not_taken(tmp_path: Path) -> None:
    assert spooled_bytes(tmp_path) == 0
    attempt(tmp_path, 1, "0123456789", taken=7)
    assert spooled_bytes(tmp_path) == 3 + 5
    ended = attempt(tmp_path, 2, "0123456789", taken=0)
    assert spooled_bytes(tmp_path) == 8 + 10 + 5
    # Of an attempt whose end is reported nobody will take any more.
    (ended / "reported").touch()
    assert spooled_bytes(tmp_path) == 8


def test_prometheus_reads_slots_leases_and_spool(tmp_path: Path) -> None:
    leases = Leases()
    attempt(tmp_path, 1, "0123456789", taken=4)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    serve_metrics("127.0.0.1", port, WorkerCollector(3, lambda: 1, leases, tmp_path))
    with leases.held():
        text = urlopen(f"http://127.0.0.1:{port}/metrics").read().decode()
    assert 'prism_worker_slots{state="busy"} 1.0' in text
    assert 'prism_worker_slots{state="idle"} 2.0' in text
    assert "prism_worker_leases 1.0" in text
    assert "prism_worker_spool_bytes 11.0" in text
    assert "process_resident_memory_bytes" in text
    assert leases.number == 0


def test_entries_are_json_with_the_ids_of_what_they_are_about(capsys) -> None:
    configure_logs("json", "info")
    with structlog.contextvars.bound_contextvars(run_id="run_1", attempt_id="att_1"):
        structlog.get_logger().warning("exit_refused", reason="why")
        structlog.get_logger().debug("not said")
    structlog.reset_defaults()
    (entry,) = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert entry.pop("timestamp")
    assert entry == {
        "event": "exit_refused", "reason": "why", "level": "warning", "run_id": "run_1",
        "attempt_id": "att_1",
    }  # fmt: skip
