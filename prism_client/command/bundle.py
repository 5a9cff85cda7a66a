"""`prism doctor --bundle FILE`: what somebody who helps wants to see, without secrets.

```
doctor.json    what the doctor found
versions.json  Python, the system, and every installed package
settings.json  variables of ours, and what the server on this machine makes of them
server.json    its release, contract, readiness, disk and workers, as far as it answers
logs/          the end of every log
```
"""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict
from importlib.metadata import distributions
from pathlib import Path
from typing import Any

from prism_client.client import Client
from prism_client.command.findings import Finding
from prism_client.command.redaction import Redaction, secrets_of
from prism_client.errors import PrismError
from prism_client.home import Home

LARGEST_LOG = 512 * 1024
"""Bytes of the end of each log; the newest says most."""

OURS = ("PRISM_", "OMP_", "CUDA_", "HF_", "PG", "NVIDIA_")
"""Beginnings of the variables that change what we do."""


def write_bundle(file: Path, home: Home, findings: Sequence[Finding]) -> None:
    """Write the zip file; everything in it has gone through the redaction."""
    redaction = Redaction(secrets_of(home, os.environ))
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as raw, zipfile.ZipFile(raw, "w", zipfile.ZIP_DEFLATED) as out:
        for name, content in (
            ("doctor.json", [asdict(finding) for finding in findings]),
            ("versions.json", _versions()),
            ("settings.json", _settings(redaction)),
            ("server.json", _server(home)),
        ):
            text = json.dumps(content, indent=2, default=str, ensure_ascii=False)
            out.writestr(name, redaction.text(text))
        for name, text in _logs(home):
            out.writestr(f"logs/{name}", redaction.text(text))


def _versions() -> dict[str, Any]:
    packages = {found.metadata["Name"]: found.version for found in distributions()}
    return {
        "python": sys.version,
        "system": platform.platform(),
        "cpus": os.cpu_count(),
        "packages": dict(sorted(packages.items(), key=lambda pair: pair[0].lower())),
    }


def _settings(redaction: Redaction) -> dict[str, Any]:
    ours = {name: value for name, value in os.environ.items() if name.startswith(OURS)}
    return {"variables": redaction.variables(ours), "server": _of_local_server()}


def _of_local_server() -> Any:
    """Ask the server's own program: its database is not for this package to open."""
    command = [sys.executable, "-m", "server", "status"]
    asked = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    return json.loads(asked.stdout) if asked.returncode == 0 else {"problem": asked.stderr}


def _server(home: Home) -> dict[str, Any]:
    """Ask for everything that may help; what is not answered says why."""
    try:
        client = Client(home.url(), home.token())
    except PrismError as error:
        return {"problem": str(error)}
    with client:
        return {
            "url": client.url,
            "health": _answer(client.health),
            "ready": _answer(client.ready),
            "disk": _answer(client.disk),
            "workers": _answer(lambda: [one.model_dump(mode="json") for one in client.workers()]),
        }


def _answer(ask: Callable[[], Any]) -> Any:
    try:
        found = ask()
    except PrismError as error:
        return {"problem": str(error)}
    return found if isinstance(found, list) else found.model_dump(mode="json")


def _logs(home: Home) -> Iterator[tuple[str, str]]:
    for path in sorted(home.logs.glob("*.log")):
        with path.open("rb") as log:
            if (skipped := path.stat().st_size - LARGEST_LOG) > 0:
                log.seek(skipped)
                # Half a line may hold half a secret, which nobody would know for one.
                log.readline()
            yield path.name, log.read().decode("utf-8", "replace")
