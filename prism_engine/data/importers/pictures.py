"""Where the pictures of a row are: in the row itself, in a file beside it, or far away."""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass
from typing import Any

from prism_engine.data.importers.refusal import RefusedRow

LARGEST_PICTURE = 32 * 2**20
"""Bytes of one picture as it is stored."""

_DATA_URL = re.compile(r"data:image/[\w.+-]{1,40};base64,")
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://")


@dataclass(frozen=True)
class Inline:
    """A picture that came with its row."""

    content: bytes


@dataclass(frozen=True)
class InFolder:
    """A picture in a file, named from the folder of pictures."""

    path: str


@dataclass(frozen=True)
class Remote:
    """A picture on somebody's server."""

    url: str


Picture = Inline | InFolder | Remote


def read_picture(value: Any) -> Picture:
    """What a cell says about one picture: bytes, a path, a URL, or a struct of bytes and path.

    Raises:
        RefusedRow: it says nothing of that kind.
    """
    if isinstance(value, dict):
        value = next(
            (value[key] for key in ("bytes", "path", "url", "image") if value.get(key)), ""
        )
    if isinstance(value, bytes):
        return Inline(value)
    if not isinstance(value, str) or not value:
        raise RefusedRow("image_missing", "a picture has neither bytes nor a path")
    if value.startswith("data:"):
        return Inline(_decoded(value))
    return Remote(value) if _SCHEME.match(value) else InFolder(value)


def read_pictures(value: Any) -> tuple[Picture, ...]:
    """The pictures of a cell that holds a list of them, one, or none."""
    if value is None or value == "":
        return ()
    return tuple(map(read_picture, value if isinstance(value, list) else [value]))


def _decoded(url: str) -> bytes:
    head = _DATA_URL.match(url)
    if head is None:
        raise RefusedRow("image_broken", "a data: URL is no image in base64")
    if (len(url) - head.end()) * 3 // 4 > LARGEST_PICTURE:
        raise RefusedRow("image_too_large", f"a picture has more than {LARGEST_PICTURE:,} bytes")
    try:
        return base64.b64decode(url[head.end() :], validate=True)
    except binascii.Error as error:
        raise RefusedRow("image_broken", f"a data: URL is no base64: {error}") from error
