"""The only place that reads the environment."""

from __future__ import annotations

import os
import re
from ipaddress import ip_address
from pathlib import Path
from typing import Any, Self
from urllib.parse import urlsplit

from pydantic import Field, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from prism_engine.contract.addresses import ALLOWED, Network, allowed_networks
from server.logs import LogFormat, LogLevel


class Settings(BaseSettings):
    """Everything that can be configured, each as an environment variable `PRISM_<NAME>`."""

    model_config = SettingsConfigDict(env_prefix="PRISM_", extra="ignore", frozen=True)

    home: Path = Field(Path("~/.prism"), description="Where everything of an installation lies")
    database_url: str = Field("", description="SQLite in the home, or postgresql+psycopg://…")
    broker_url: str = Field("filesystem://", description="Files in the home, or redis://…")
    artifacts: str = Field("", description="fsspec URL of the artifact store")
    data_roots: str = Field("", description="Folders below which data and models may lie, by ':'")
    hub_models: str = Field(
        "Qwen/Qwen3-VL-4B-Instruct,Qwen/Qwen3-VL-8B-Instruct",
        description="Hub ids that a recipe may name without registering them, by ','",
    )
    host: str = Field("127.0.0.1", description="Address to listen on")
    port: int = Field(8420, ge=0, le=65535, description="Port to listen on")
    url: str = Field(
        "", description="Where browsers and workers reach the server; may end in a path"
    )
    allowed_hosts: str = Field("", description="Further host names that requests may carry, by ','")
    behind_tls_proxy: bool = Field(
        False, description="A proxy in front ends TLS; needed to listen beyond this machine"
    )
    private_network: bool = Field(
        False,
        description="The address is that of a container whose port is published on loopback only",
    )
    disk_reserve_gib: float = Field(
        1, ge=0, description="Room on the home's disk below which nothing new is begun or stored"
    )
    log_format: LogFormat = Field("text", description="Lines for people, or JSON for programs")
    log_level: LogLevel = Field("info", description="What is logged at least")
    oidc_issuer: str = Field("", description="OpenID Connect provider that people sign in by")
    oidc_client_id: str = Field("", description="This server's id with the provider")
    oidc_client_secret: str = Field("", repr=False, description="And its secret")
    oidc_name: str = Field("single sign-on", description="What the sign-in page calls it")
    allowed_addresses: str = Field(
        "", description="Private networks that webhooks may reach, by ',': 10.1.0.0/16"
    )
    webhook_retry_seconds: float = Field(
        5, gt=0, description="Wait before a webhook is tried a second time; then 4 times as long"
    )
    stalled_seconds: float = Field(
        1800, gt=0, description="Time without a step after which a running run has stalled"
    )
    lease_seconds: float = Field(60, gt=0, description="Silence after which an attempt is lost")
    heartbeat_seconds: float = Field(10, gt=0, description="How often a worker is heard of")

    @field_validator("home")
    @classmethod
    def _absolute(cls, home: Path) -> Path:
        return home.expanduser().absolute()

    @model_validator(mode="before")
    @classmethod
    def _drop_empty(cls, values: dict[str, Any]) -> dict[str, Any]:
        """An empty variable, as Compose files write them, means the default."""
        return {name: value for name, value in values.items() if value != ""}

    @model_validator(mode="after")
    def _beats_within_the_lease(self) -> Self:
        if self.heartbeat_seconds * 2 > self.lease_seconds:
            raise ValueError(
                "PRISM_HEARTBEAT_SECONDS must be at most half of PRISM_LEASE_SECONDS, "
                "so that one lost heartbeat loses no run"
            )
        return self

    @field_validator("url")
    @classmethod
    def _is_an_address(cls, url: str) -> str:
        parts = urlsplit(url.rstrip("/"))
        if url and (parts.scheme not in ("http", "https") or not parts.hostname):
            raise ValueError("PRISM_URL is an address such as https://example.org/prism")
        if not re.fullmatch(r"(/[\w.~-]+)*", parts.path, re.ASCII) or parts.query or parts.fragment:
            raise ValueError("the path of PRISM_URL has only letters, digits and . _ ~ - in it")
        return url

    @field_validator("allowed_addresses")
    @classmethod
    def _are_networks(cls, addresses: str) -> str:
        allowed_networks({ALLOWED: addresses})
        return addresses

    @model_validator(mode="after")
    def _provider_is_whole_and_safe(self) -> Self:
        if not self.oidc_issuer:
            return self
        if not self.oidc_client_id or not self.oidc_client_secret:
            raise ValueError(
                "PRISM_OIDC_ISSUER needs PRISM_OIDC_CLIENT_ID and PRISM_OIDC_CLIENT_SECRET"
            )
        url = urlsplit(self.oidc_issuer)
        # Without TLS whoever sits between could be anybody; on this machine nobody does.
        if url.scheme != "https" and (url.scheme, url.hostname) != ("http", "127.0.0.1"):
            raise ValueError("PRISM_OIDC_ISSUER must be an https:// address")
        return self

    @property
    def allowed_networks(self) -> list[Network]:
        return allowed_networks({ALLOWED: self.allowed_addresses})

    @property
    def database(self) -> str:
        return self.database_url or f"sqlite+aiosqlite:///{self.home / 'prism.db'}"

    @property
    def database_may_exist(self) -> bool:
        """Whether there can be one; to look into a SQLite file that is not there would make it."""
        scheme, _, file = self.database.partition(":///")
        return not scheme.startswith("sqlite") or Path(file).exists()

    @property
    def artifact_store(self) -> str:
        return self.artifacts or f"file://{self.home / 'artifacts'}"

    @property
    def roots(self) -> list[Path]:
        named = [Path(root).expanduser() for root in self.data_roots.split(os.pathsep) if root]
        return named or [self.home / "data"]

    @property
    def allowed_hub_models(self) -> frozenset[str]:
        return frozenset(name.strip() for name in self.hub_models.split(",") if name.strip())

    @property
    def public_url(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return self.url.rstrip("/") or f"http://{host}:{self.port}"

    @property
    def prefix(self) -> str:
        """The path below which a proxy serves us, such as `/prism`; empty for a host of our own."""
        return urlsplit(self.public_url).path

    @property
    def cookie(self) -> str:
        """Name of the session's cookie; its prefix has browsers hold it to this host and TLS."""
        return "__Host-prism_session" if self.behind_tls_proxy else "prism_session"

    @property
    def reachable_from_elsewhere(self) -> bool:
        """Whether other machines can reach the address that the server listens on."""
        return not self.loopback and not self.private_network

    @property
    def loopback(self) -> bool:
        return self.host == "localhost" or ip_address(self.host).is_loopback


def shown(settings: Settings) -> dict[str, str]:
    """Return every setting as text, without secrets and the passwords in addresses."""
    told = {}
    for name, field in Settings.model_fields.items():
        value = str(getattr(settings, name))
        if not field.repr:
            value = "(set)" if value else ""
        told[name] = re.sub(r"(://[^/@\s]*?:)[^/\s]*@", r"\1***@", value)
    return told
