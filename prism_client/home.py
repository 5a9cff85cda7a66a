"""Where a server and its tokens are found on this machine."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from prism_client.errors import NoServer


@dataclass(frozen=True)
class Home:
    """The folder that one installation keeps everything in: `PRISM_HOME`."""

    path: Path

    @classmethod
    def from_environment(cls) -> Home:
        return cls(Path(os.environ.get("PRISM_HOME", "~/.prism")).expanduser().absolute())

    @property
    def port_file(self) -> Path:
        return self.path / "port"

    @property
    def token_file(self) -> Path:
        return self.path / "token"

    @property
    def worker_token_file(self) -> Path:
        return self.path / "worker-token"

    @property
    def runs(self) -> Path:
        return self.path / "runs"

    @property
    def logs(self) -> Path:
        return self.path / "logs"

    @property
    def processes(self) -> Path:
        return self.path / "processes.json"

    def url(self) -> str:
        """Address of the server: PRISM_URL, else the local one.

        Raises:
            NoServer: there is neither.
        """
        if url := os.environ.get("PRISM_URL"):
            return url.rstrip("/")
        if self.port_file.exists():
            return f"http://127.0.0.1:{self.port_file.read_text().strip()}"
        raise NoServer("no server is known: start one with `prism up`, or set PRISM_URL")

    def token(self) -> str | None:
        """Token of the person at the command line: PRISM_TOKEN, else the local one."""
        return os.environ.get("PRISM_TOKEN") or _content(self.token_file)

    def worker_token(self) -> str | None:
        """Token of a worker: PRISM_WORKER_TOKEN, else the local one."""
        return os.environ.get("PRISM_WORKER_TOKEN") or _content(self.worker_token_file)


def _content(path: Path) -> str | None:
    return path.read_text().strip() if path.exists() else None


def write_whole(path: Path, content: str) -> None:
    """Write a file so that a reader sees all of it or none."""
    unfinished = path.with_name(f".{path.name}.unfinished")
    unfinished.write_text(content, encoding="utf-8")
    unfinished.replace(path)
