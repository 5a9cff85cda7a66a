"""MLflow in an environment of its own, on the same kind of database, spoken to in the same way."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.console import console
from bench.server.rig import Wire, process, wait_until_it_answers
from tests.installation import free_port

VERSION = "3.17.2"
ENVIRONMENT = Path(__file__).parents[2] / ".make" / "mlflow"


def _program() -> Path:
    """Return the `mlflow` command, installed if it is not there yet."""
    program = ENVIRONMENT / "bin" / "mlflow"
    if not program.exists():
        console.print(f"Installing MLflow {VERSION} into {ENVIRONMENT}, once.")
        subprocess.run([sys.executable, "-m", "venv", str(ENVIRONMENT)], check=True)
        packages = [f"mlflow=={VERSION}", "psycopg[binary]"]
        subprocess.run(
            [str(ENVIRONMENT / "bin" / "pip"), "install", "--quiet", *packages], check=True
        )
    return program


@contextmanager
def serving(url: str) -> Iterator[Wire]:
    """An MLflow server on this database."""
    program, port = _program(), free_port()
    with tempfile.TemporaryDirectory(prefix="mlflow-bench-") as folder:
        command = [
            str(program), "server", "--backend-store-uri", url, "--host", "127.0.0.1",
            "--port", str(port), "--workers", "1", "--default-artifact-root", folder,
        ]  # fmt: skip
        environment = {
            **{name: value for name, value in os.environ.items() if name != "PYTHONPATH"},
            "MLFLOW_DISABLE_TELEMETRY": "true",
        }
        log = Path(folder) / "log"
        with process(command, environment, log) as server:
            address = f"http://127.0.0.1:{port}"
            wait_until_it_answers(server, address, "/health", log)
            yield Wire(address)


def new_run(wire: Wire, name: str = "bench") -> str:
    """Return the id of a new run in the default experiment."""
    body = {"experiment_id": "0", "run_name": name, "start_time": 1}
    return str(wire.ask("POST", "/api/2.0/mlflow/runs/create", body)["run"]["info"]["run_id"])
