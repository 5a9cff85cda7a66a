from __future__ import annotations

from datetime import datetime
from typing import Any, Literal
from urllib.parse import urlsplit

from pydantic import BaseModel, Field, field_validator

from server.schemas import Body

WebhookTopic = Literal[
    "run.state_changed", "pipeline.finished", "audit.verdict_changed", "alert.raised"
]

WebhookKind = Literal["standard", "slack"]


class NewWebhook(Body):
    """Where to post which events, and how they are written there."""

    url: str = Field(max_length=2000, description="https://…, or http://…")
    topics: list[WebhookTopic] = Field(min_length=1, max_length=20)
    kind: WebhookKind = Field(
        "standard", description='Standard: the signed event; slack: `{"text": …}` with a link'
    )

    @field_validator("url")
    @classmethod
    def _is_an_address(cls, url: str) -> str:
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError("write an address such as https://example.org/hooks/prism")
        if parts.username or parts.password:
            raise ValueError("leave the password out of the address; deliveries are signed")
        if not url.isascii() or not url.isprintable() or " " in url:
            raise ValueError("write other letters than ASCII as a browser sends them, by %")
        _ = parts.port  # Reading it is what looks at it.
        return url


class WebhookSnapshot(BaseModel):
    """What is posted where; the secret is known to its receiver only."""

    id: str
    url: str
    topics: list[WebhookTopic]
    kind: WebhookKind
    created_by: str
    created_at: datetime


class CreatedWebhook(BaseModel):
    """The webhook and its secret, which is shown this once."""

    webhook: WebhookSnapshot
    secret: str = Field(description="Of Standard Webhooks: whsec_ and the key in base64")


class Try(BaseModel):
    """One request, and how it was answered."""

    at: datetime
    status: int | None = Field(description="Null where there was no answer")
    problem: str = Field(description="Empty where it was taken")


class DeliverySnapshot(BaseModel):
    """One event on its way to one webhook; `id` is its `webhook-id`, the same at every try."""

    id: str
    topic: WebhookTopic | Literal["ping"]
    state: Literal["pending", "delivered", "failed"]
    payload: dict[str, Any]
    tries: list[Try]
    created_at: datetime
    due_at: datetime = Field(description="When it is tried next, while it is pending")
