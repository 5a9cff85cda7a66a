"""Answers as people and models write them, without what stands around words."""

from __future__ import annotations

import re
import unicodedata

_FULL_WIDTH = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)}
_SIGNS = str.maketrans({"−": "-", "’": "'", "\u00a0": " ", "\u3000": " "})
_MACRO = re.compile(r"\\(?:boxed|fbox|text|textbf|textit|mathrm|mathbf|mbox)\s*\{([^{}]*)\}")
_DECORATION = re.compile(r"\*\*|__|`|\\[()\[\]]|(?<!\w)\*|\*(?!\w)|[$\"“”]")
_SPACES = re.compile(r"[^\S\n]+")
_SENTENCE = re.compile(r"(?<=[.!?。])\s+(?=[A-Z\"'(])|\n+")


def plain(text: str) -> str:
    """Without bold, boxes, dollar signs, quotation marks and characters that cannot be seen.

    Look-alikes of letters from other alphabets stay what they are.
    """
    if not text.isascii():
        text = "".join(c for c in text if unicodedata.category(c) != "Cf")
        text = text.translate(_FULL_WIDTH).translate(_SIGNS)
    text = _MACRO.sub(r"\1", text)
    return _SPACES.sub(" ", _DECORATION.sub("", text)).strip()


def sentences(text: str) -> list[str]:
    """The sentences and lines of a text, none of them empty."""
    return [part for part in (part.strip() for part in _SENTENCE.split(text)) if part]
