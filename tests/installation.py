"""A server and workers in a home of their own, every process started and killed by hand."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar
from urllib.request import urlopen

import numpy as np
from safetensors.numpy import save_file

from prism_client.client import Client
from prism_client.resources import Pipeline, Run, StoredEvent
from prism_engine.contract.events import Source
from tests.worker.fake_engine import image

FAKE_ENGINE = Path(__file__).parent / "worker" / "fake_engine.py"
LEASE = 2.0
HEARTBEAT = 0.4
PATIENCE = 90.0
"""Seconds; only a failing test ever waits so long, and a busy machine may need much of it."""

Found = TypeVar("Found")


def eventually(look: Callable[[], Found | None], seconds: float = PATIENCE) -> Found:
    """Look until there is something to see; fails when time is up."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if found := look():
            return found
        time.sleep(0.05)
    raise AssertionError(f"not within {seconds} s: {look}")


class Installation:
    """Starts nothing by itself."""

    def __init__(self, home: Path, **settings: str) -> None:
        self.home = home
        self.port = free_port()
        self.environment = {
            **os.environ,
            "OMP_NUM_THREADS": "1",
            "PRISM_HOME": str(home),
            "PRISM_PORT": str(self.port),
            "PRISM_LEASE_SECONDS": str(LEASE),
            "PRISM_HEARTBEAT_SECONDS": str(HEARTBEAT),
            **settings,
        }
        for inherited in ("PRISM_TOKEN", "PRISM_WORKER_TOKEN"):
            self.environment.pop(inherited, None)
        (home / "data").mkdir(parents=True)
        (home / "port").write_text(str(self.port))
        self.url = f"http://127.0.0.1:{self.port}"
        self.server: subprocess.Popen[bytes] | None = None
        self.workers: list[subprocess.Popen[bytes]] = []

    @property
    def client(self) -> Client:
        """A client for one `with`."""
        return Client(self.url, (self.home / "token").read_text().strip())

    @cached_property
    def _client(self) -> Client:
        """The client for looking often: making one reads the machine's certificates."""
        return self.client

    def start_server(self) -> None:
        self.server = self._spawn("server", "server")
        eventually(self._has_started)

    def kill_server(self) -> None:
        assert self.server is not None
        self.server.kill()
        self.server.wait()

    def answers(self) -> bool:
        try:
            return urlopen(f"{self.url}/api/v1/health").status == 200  # noqa: S310 (our own)
        except OSError:
            return False

    def start_worker(
        self,
        *engine: str,
        name: str = "one",
        slots: int = 1,
        options: tuple[str, ...] = (),
        program: tuple[str, ...] = (sys.executable, str(FAKE_ENGINE)),
    ) -> subprocess.Popen[bytes]:
        """Start a worker whose engine is the fake one, or another program, with these options."""
        command = json.dumps([*program, *engine])
        worker = self._spawn(
            "worker",
            f"worker-{name}",
            *("--name", name, "--slots", str(slots), *options),
            PRISM_ENGINE_COMMAND=command,
        )
        self.workers.append(worker)
        return worker

    def register(self) -> None:
        """Register a data set and a model that are just real enough to be accepted."""
        data, model = self.home / "data" / "tiny", self.home / "data" / "model"
        (data / "images").mkdir(parents=True)
        (data / "images" / "x.png").write_bytes(image(3))
        row = {"id": "a", "images": ["images/x.png"], "question": "How many?", "metadata": {}}
        (data / "data.jsonl").write_text(json.dumps(row) + "\n")
        model.mkdir()
        (model / "config.json").write_text('{"architectures": ["Tiny"]}')
        save_file({"weight": np.zeros(3, np.float32)}, model / "model.safetensors")
        with self.client as client:
            client.register_dataset("tiny", "tiny")
            client.register_model("base", "model")

    def launch(self, **runs: dict[str, Any]) -> Pipeline:
        with self.client as client:
            return client.launch({"name": "test", "runs": runs})

    def run(self, run_id: str) -> Run:
        return self._client.run(run_id)

    def in_state(self, run_id: str, *states: str, seconds: float = PATIENCE) -> Run:
        """Wait until the run is in one of these states."""

        def look() -> Run | None:
            run = self.run(run_id)
            return run if run.state in states else None

        try:
            return eventually(look, seconds)
        except AssertionError:
            raise AssertionError(f"not {states}: {self.run(run_id)}\n{self.logs()}") from None

    def at_step(self, run_id: str, step: int) -> Run:
        def look() -> Run | None:
            run = self.run(run_id)
            return run if (run.step or 0) >= step else None

        return eventually(look)

    def events(self, run_id: str, source: Source = "engine") -> list[StoredEvent]:
        with self.client as client:
            return list(client.events(run_id, source=source))

    def steps(self, run_id: str) -> list[tuple[int, int]]:
        """(attempt, step) of every step that the server has stored, in the order of storing."""
        return [
            (stored.attempt, stored.event["step"])
            for stored in self.events(run_id)
            if stored.event["type"] == "step_finished"
        ]

    def folder(self, run_id: str, attempt: int = 1) -> Path:
        return self.home / "runs" / run_id / str(attempt)

    def engine_pid(self, run_id: str, attempt: int = 1) -> int:
        path = self.folder(run_id, attempt) / "process.json"
        eventually(path.exists)
        pid: int = json.loads(path.read_text())["pid"]
        return pid

    def logs(self) -> str:
        logs = sorted((self.home / "logs").glob("*.log"))
        return "\n".join(f"--- {log.name}\n{log.read_text()[-3000:]}" for log in logs)

    def close(self) -> None:
        """End every process; engines end with their workers."""
        self.end_workers()
        if self.server is not None:
            self.kill_server()

    def end_workers(self) -> None:
        for worker in self.workers:
            worker.kill()
            worker.wait()
        self.workers = []

    def _spawn(
        self, module: str, log: str, *arguments: str, **settings: str
    ) -> subprocess.Popen[bytes]:
        (self.home / "logs").mkdir(exist_ok=True)
        with (self.home / "logs" / f"{log}.log").open("ab") as output:
            return subprocess.Popen(
                [sys.executable, "-m", module, *arguments],
                env={**self.environment, **settings},
                stdout=output,
                stderr=output,
            )

    def _has_started(self) -> bool:
        assert self.server is not None
        assert self.server.poll() is None, self.logs()
        return self.answers()


def is_alive(pid: int) -> bool:
    """Whether a process still does something; one that is only unmourned does not."""
    try:
        status = Path(f"/proc/{pid}/stat").read_text()
    except FileNotFoundError:
        return False
    return status.rpartition(")")[2].split()[0] not in "ZX"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
