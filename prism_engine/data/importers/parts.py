"""Content in parts, as OpenAI's messages and TRL's have it: texts and images in the order shown."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from prism_engine.data.importers.draft import Role, Said
from prism_engine.data.importers.fields import as_list, as_object, as_text
from prism_engine.data.importers.refusal import RefusedRow

_TEXTS = ("text", "input_text", "output_text")


def read_parts(
    role: Role, content: Any, image_types: Sequence[str], found: Callable[[dict[str, Any]], None]
) -> Said:
    """A turn from its parts; `found` is told of every part that is an image.

    Raises:
        RefusedRow: a part is neither text nor image.
    """
    segments = [""]
    for part in as_list(content, "content"):
        part = as_object(part, "a part of the content")
        kind = part.get("type")
        if kind in _TEXTS:
            segments[-1] += as_text(part.get("text"), "a text part")
        elif kind in image_types:
            found(part)
            segments.append("")
        else:
            raise RefusedRow("unsupported", f"a part of type {str(kind)[:40]!r} cannot be learned")
    return Said(role, tuple(segments))


def part_types(messages: Any) -> set[str]:
    """The types of all parts in messages, as far as these have the form."""
    turns = messages if isinstance(messages, list) else []
    contents = [turn.get("content") for turn in turns if isinstance(turn, dict)]
    parts = [part for content in contents if isinstance(content, list) for part in content]
    return {str(part.get("type")) for part in parts if isinstance(part, dict)}
