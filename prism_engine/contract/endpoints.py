"""Models that somebody serves: any server that speaks OpenAI's chat completions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import Field, field_validator

from prism_engine.contract.addresses import plain_address
from prism_engine.contract.settings import Name, Settings, setting


class Price(Settings):
    """What a model costs, in US dollars per million tokens. Reasoning is billed as output."""

    version: str = setting(..., "Which price list this is, such as its date", "data", min_length=1)
    input: float = setting(..., "Per million prompt tokens", "data", ge=0, unit="USD")
    output: float = setting(..., "Per million generated tokens", "data", ge=0, unit="USD")


class Endpoint(Settings):
    """One model of one server, and how much may be asked of it."""

    url: str = setting(
        ..., "Address up to and without /chat/completions, such as https://host/v1", "model"
    )
    model: str = setting(..., "Name of the model on that server", "model", min_length=1)
    key: Name | None = setting(
        None, "Name of the secret that it wants; the secret itself stands in no recipe", "model"
    )
    price: Price | None = setting(None, "What it costs; nothing if left out", "data")
    image_tokens: int = setting(
        4096, "Most prompt tokens that an image takes", "data", ge=0, unit="tokens", advanced=True
    )
    idempotent: bool = setting(
        False,
        "The server bills requests with the same Idempotency-Key once; otherwise one whose answer "
        "was lost counts as paid, and is asked again",
        "model", advanced=True,
    )  # fmt: skip
    requests_per_minute: int | None = setting(
        None, "Most requests in a minute", "schedule", ge=1, advanced=True
    )
    tokens_per_minute: int | None = setting(
        None, "Most tokens in a minute, of prompts and responses", "schedule", ge=1,
        unit="tokens", advanced=True,
    )  # fmt: skip
    concurrency: int = setting(16, "Most requests at a time", "schedule", ge=1, advanced=True)
    timeout: float = setting(
        300.0, "Longest wait for one answer", "schedule", gt=0, unit="s", advanced=True
    )
    deadline: float = setting(
        1800.0, "Longest wait for an answer, all tries together", "schedule", gt=0, unit="s",
        advanced=True,
    )  # fmt: skip
    attempts: int = setting(8, "Most tries of a request", "schedule", ge=1, advanced=True)

    @field_validator("url")
    @classmethod
    def _is_a_plain_address(cls, url: str) -> str:
        return plain_address(url)


class FromEndpoint(Settings):
    """A model that is served elsewhere; it can be asked, and not taught."""

    endpoint: Endpoint = Field(description="Where it is served")


def key_names(settings: Any) -> frozenset[str]:
    """Names of the secrets that endpoints want, wherever they stand in a run as JSON spells it."""
    if isinstance(settings, Mapping):
        if {"url", "model"} <= settings.keys():
            return frozenset({settings["key"]} if settings.get("key") else ())
        return frozenset[str]().union(*map(key_names, settings.values()))
    if isinstance(settings, Sequence) and not isinstance(settings, str):
        return frozenset[str]().union(*map(key_names, settings))
    return frozenset()
