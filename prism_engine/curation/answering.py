"""Short answers to a question, with its images or without."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from prism_engine.contract.curation import Blind, Panel
from prism_engine.curation.prompts import SHORT_ANSWER, SHORT_ANSWER_TEXT, short_answer
from prism_engine.endpoints.client import ChatClient
from prism_engine.endpoints.reply import complete_text
from prism_engine.endpoints.request import ChatRequest, Message


async def ask_shortly(
    client: ChatClient,
    question: str,
    images: Sequence[Path],
    settings: Panel | Blind,
    sample: int,
) -> str | None:
    """The answer; None where there is no reply, or none that ends with an answer."""
    asked = SHORT_ANSWER_TEXT.format(question=question)
    reply = await client.ask(
        ChatRequest(
            (Message("user", asked, tuple(images)),),
            SHORT_ANSWER,
            settings.max_new_tokens,
            settings.temperature,
            sample,
        )
    )
    text = complete_text(reply)
    return None if text is None else short_answer(text)
