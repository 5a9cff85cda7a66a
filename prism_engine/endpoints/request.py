"""What is asked, in a form whose hash is the same for the same question."""

from __future__ import annotations

import base64
import hashlib
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from prism_engine.contract.endpoints import Endpoint
from prism_engine.contract.manifest import hash_file

MEDIA_TYPES = {"jpg": "jpeg", "tif": "tiff"}
"""Endings of files that media types spell otherwise."""

MESSAGE_OVERHEAD = 64
"""Tokens by which a server's template lengthens a message, at most."""


@dataclass(frozen=True)
class Message:
    """One turn. Images come before the text."""

    role: Literal["system", "user", "assistant"]
    text: str
    images: tuple[Path, ...] = ()


@dataclass(frozen=True)
class ChatRequest:
    """One reply to ask for.

    Args:
        messages: the conversation so far.
        prompt: version of the prompt that they were written with.
        max_tokens: longest reply.
        temperature: 0 for the likeliest reply.
        sample: tells several replies to the same messages apart; the server's seed.
    """

    messages: tuple[Message, ...]
    prompt: str
    max_tokens: int
    temperature: float = 0.0
    sample: int = 0
    hashes: tuple[str, ...] = field(init=False)  # of the images, in order

    def __post_init__(self) -> None:
        images = (image for message in self.messages for image in message.images)
        object.__setattr__(self, "hashes", tuple(hash_file(image) for image in images))

    def key(self, endpoint: Endpoint) -> str:
        """sha256 of all that the reply depends on, images by their content."""
        asked = {
            "url": endpoint.url,
            **self._parameters(endpoint),
            "prompt": self.prompt,
            "messages": [[message.role, message.text, len(message.images)]
                         for message in self.messages],
            "images": self.hashes,
        }  # fmt: skip
        canonical = json.dumps(asked, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        return hashlib.sha256(canonical.encode()).hexdigest()

    def body(self, endpoint: Endpoint) -> dict[str, Any]:
        """The request as the server reads it."""
        messages = [
            {"role": message.role, "content": _content(message)} for message in self.messages
        ]
        return {**self._parameters(endpoint), "messages": messages}

    def prompt_tokens(self, endpoint: Endpoint) -> int:
        """As many as the prompt has at most: no token is shorter than a byte."""
        written = sum(len(message.text.encode()) + MESSAGE_OVERHEAD for message in self.messages)
        return written + len(self.hashes) * endpoint.image_tokens

    def _parameters(self, endpoint: Endpoint) -> dict[str, Any]:
        return {
            "model": endpoint.model,
            "max_tokens": self.max_tokens,
            "temperature": self.temperature,
            "seed": self.sample,
        }


def _content(message: Message) -> str | list[dict[str, Any]]:
    if not message.images:
        return message.text
    images = [
        {"type": "image_url", "image_url": {"url": _data_url(image)}} for image in message.images
    ]
    return [*images, {"type": "text", "text": message.text}]


def _data_url(image: Path) -> str:
    ending = image.suffix.lower().removeprefix(".")
    media_type = MEDIA_TYPES.get(ending, ending)
    return f"data:image/{media_type};base64,{base64.b64encode(image.read_bytes()).decode()}"


QUESTION_ALONE = "question_v1"


def question_alone(
    question: str, images: tuple[Path, ...], max_tokens: int, temperature: float, sample: int
) -> ChatRequest:
    """What a policy of our own is asked: the question with its images, and not a word more."""
    message = Message("user", question, images)
    return ChatRequest((message,), QUESTION_ALONE, max_tokens, temperature, sample)
