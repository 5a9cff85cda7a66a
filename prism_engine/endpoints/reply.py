"""What came back, read from the body of an answer."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

Finish = Literal["complete", "cut", "refused", "unreadable"]
"""Cut is what reached the longest length; unreadable what was paid for and is no reply."""

FINISHES: dict[str | None, Finish] = {
    "stop": "complete",
    "eos": "complete",
    None: "complete",
    "length": "cut",
    "max_tokens": "cut",
    "content_filter": "refused",
    "safety": "refused",
    "recitation": "refused",
}


class Usage(BaseModel):
    """Tokens as the server counted them; reasoning is among what was generated."""

    model_config = ConfigDict(frozen=True)

    prompt: int = Field(ge=0)
    generated: int = Field(ge=0)
    reasoning: int = Field(default=0, ge=0)
    cached: int = Field(default=0, ge=0)


@dataclass(frozen=True)
class Reply:
    """One reply. `usage` is None where the server did not say."""

    text: str
    finish: Finish
    usage: Usage | None = None


@dataclass(frozen=True)
class Unanswered:
    """There is no reply, and why."""

    reason: str


def complete_text(reply: Reply | Unanswered) -> str | None:
    """The text of a reply that came to its end; None of any other."""
    return reply.text if isinstance(reply, Reply) and reply.finish == "complete" else None


def read_reply(content: bytes) -> Reply:
    """Read the body of an answer that succeeded; what cannot be read is a reply that says so."""
    try:
        body = json.loads(content)
        choice = body["choices"][0]
        message = choice["message"]
        text, refusal = message.get("content"), message.get("refusal")
        finish = FINISHES.get(choice.get("finish_reason"), "unreadable")
    except (ValueError, LookupError, TypeError, AttributeError):
        return Reply("", "unreadable", _usage_of(content))
    usage = _usage(body.get("usage"))
    if refusal:
        return Reply(str(refusal), "refused", usage)
    if not isinstance(text, str):
        # A reply that was filtered or cut while the model still reasoned has no text at all.
        return Reply("", finish if finish != "complete" else "unreadable", usage)
    return Reply(text, finish, usage)


def _usage_of(content: bytes) -> Usage | None:
    """The usage of a body without choices, if the body is JSON at all."""
    try:
        return _usage(json.loads(content)["usage"])
    except (ValueError, LookupError, TypeError):
        return None


def _usage(said: Any) -> Usage | None:
    if not isinstance(said, dict):
        return None
    try:
        return Usage(
            prompt=said["prompt_tokens"],
            generated=said["completion_tokens"],
            reasoning=(said.get("completion_tokens_details") or {}).get("reasoning_tokens") or 0,
            cached=(said.get("prompt_tokens_details") or {}).get("cached_tokens") or 0,
        )
    except (LookupError, AttributeError, ValidationError):
        return None
