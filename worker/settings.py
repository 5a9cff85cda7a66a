"""What a worker is told by its environment, all of it under `PRISM_`."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

from pydantic import Field, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from worker.logs import LogFormat, LogLevel
from worker.mirrors import TRACKERS


def named(names: str) -> list[str]:
    """Read names that are separated by commas."""
    return [name.strip() for name in names.split(",") if name.strip()]


class Settings(BaseSettings):
    """Defaults are those of the embedded installation: everything under `PRISM_HOME`."""

    model_config = SettingsConfigDict(env_prefix="PRISM_", frozen=True, extra="ignore")

    home: Path = Field(Path("~/.prism"), description="Where everything of an installation lies")
    broker_url: str = Field("filesystem://", description="Files in the home, or redis://…")
    artifacts: str = Field("", description="fsspec URL of the artifact store")
    data_roots: str = Field("", description="Folders below which data and models lie, by ':'")
    engine_command: tuple[str, ...] = Field(
        (sys.executable, "-m", "prism_engine"), description="What to start, as a JSON list"
    )
    keys: str = Field("", description="File with the secrets of endpoints; else keys.yaml at home")
    mirrors: str = Field("", description="Trackers to copy every run to, by ',': tensorboard,wandb")
    mirror_folder: str = Field("", description="Where mirrors keep files; else mirrors/ at home")
    disk_reserve_gib: float = Field(
        1, ge=0, description="Room that checkpoints leave on the disk of the artifact store"
    )
    metrics_port: int = Field(0, ge=0, le=65535, description="Port for Prometheus; 0 is none")
    metrics_host: str = Field("127.0.0.1", description="Address that Prometheus finds it at")
    log_format: LogFormat = Field("text", description="Lines for people, or JSON for programs")
    log_level: LogLevel = Field("info", description="What is logged at least")
    stop_grace: float = Field(600, gt=0, description="Seconds to save in after `stop`")
    cancel_grace: float = Field(10, gt=0, description="Seconds to save in after `cancel`")
    shutdown_grace: float = Field(60, gt=0, description="Seconds to save in if the worker ends")

    @field_validator("home")
    @classmethod
    def _absolute(cls, home: Path) -> Path:
        return home.expanduser().absolute()

    @field_validator("mirrors")
    @classmethod
    def _are_trackers(cls, mirrors: str) -> str:
        if unknown := sorted(set(named(mirrors)) - TRACKERS.keys()):
            known = ", ".join(TRACKERS)
            raise ValueError(f"there is no mirror '{unknown[0]}'; name some of: {known}")
        return mirrors

    @model_validator(mode="before")
    @classmethod
    def _drop_empty(cls, values: dict[str, Any]) -> dict[str, Any]:
        """An empty variable, as Compose files write them, means the default."""
        return {name: value for name, value in values.items() if value != ""}

    @property
    def artifact_store(self) -> str:
        return (self.artifacts or f"file://{self.home / 'artifacts'}").rstrip("/")

    @property
    def roots(self) -> list[Path]:
        named = [Path(root).expanduser() for root in self.data_roots.split(os.pathsep) if root]
        return named or [self.home / "data"]

    @property
    def trackers(self) -> list[str]:
        return named(self.mirrors)

    @property
    def mirrored(self) -> Path:
        folder = self.mirror_folder
        return Path(folder).expanduser().absolute() if folder else self.home / "mirrors"

    @property
    def key_file(self) -> Path:
        """Lines of the form `name: secret`, which nobody else may read."""
        return Path(self.keys).expanduser() if self.keys else self.home / "keys.yaml"

    @property
    def ledgers(self) -> Path:
        """What each run asked endpoints, over all of its attempts on this machine."""
        return self.home / "ledgers"

    @property
    def runs(self) -> Path:
        return self.home / "runs"

    @property
    def fetched(self) -> Path:
        """Checkpoints of other machines, fetched from the store."""
        return self.home / "cache" / "checkpoints"

    @property
    def broker_folder(self) -> Path:
        return self.home / "broker"
