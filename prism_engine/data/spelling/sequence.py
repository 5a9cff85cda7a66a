"""Several values in a row: `1, 2, 3`, `[1; 2; 3]`, `\\{1, 2\\}`, one to a line."""

from __future__ import annotations

import re
from fractions import Fraction
from functools import lru_cache

from prism_engine.data.spelling.number import number
from prism_engine.data.spelling.wrapping import fold, unwrap

Value = Fraction | str | tuple["Value", ...]

DEEPEST = 8
"""Values nested deeper than this are not read."""

_BRACKETS = {"(": ")", "[": "]", "{": "}"}
_SIZED = re.compile(r"\\(?:left|right|[bB]igg?[lr]?)\s*(?=[\\(\[{)\]}])")
_BREAKS = re.compile(r"\\\\|\n")
_AND = re.compile(r"\s*,?\s*(?:\band\b|\bor\b|&)\s*", re.IGNORECASE)


def bracketed(text: str) -> tuple[str, str]:
    """The opening bracket around all of the text, if there is one, and what is within."""
    text = _SIZED.sub("", unwrap(text)).replace("\\{", "{").replace("\\}", "}")
    text = text.replace("\\lbrace", "{").replace("\\rbrace", "}").strip()
    if text[:1] in _BRACKETS and text.endswith(_BRACKETS[text[0]]) and _is_one_pair(text):
        return text[0], text[1:-1]
    return "", text


def ways_to_split(text: str) -> list[list[str]]:
    """Between commas alone, where values may hold an "and", and between these words too."""
    found = [split(text), split(_without_words(text))] if _AND.search(text) else [split(text)]
    return [parts for parts in found if parts]


def split(text: str) -> list[str] | None:
    """The values between separators that stand in no bracket; None where brackets do not match.

    Semicolons or new lines separate if there are any, so that a value may hold commas; otherwise
    commas do. A separator at the end separates nothing.
    """
    text = _BREAKS.sub("\n", text.strip())
    depths = _depths(text)
    if depths is None:
        return None
    marks = ";\n" if any(c in ";\n" and not d for c, d in zip(text, depths, strict=True)) else ","
    parts, start = [], 0
    for place, (character, depth) in enumerate(zip(text, depths, strict=True)):
        if depth == 0 and character in marks:
            parts.append(text[start:place].strip())
            start = place + 1
    last = text[start:].strip()
    return [*parts, last] if last or not parts else parts


@lru_cache(maxsize=4096)
def value(text: str, depth: int = 0) -> Value:
    """What one value is compared by: a number exactly, a bracketed row in order, or its words."""
    exact = number(text)
    if exact is not None:
        return exact
    bracket, inner = bracketed(text)
    if bracket and depth < DEEPEST:
        parts = split(inner)
        if parts is not None and len(parts) > 1:
            return tuple(value(part, depth + 1) for part in parts)
    return fold(text)


def _depths(text: str) -> list[int] | None:
    """How many brackets are open at every character; any closing bracket closes any opening one."""
    depths, depth = [], 0
    for character in text:
        depth -= character in ")]}"
        if depth < 0:
            return None
        depths.append(depth)
        depth += character in "([{"
    return depths if depth == 0 else None


def _is_one_pair(text: str) -> bool:
    depths = _depths(text)
    return depths is not None and 0 not in depths[1:-1]


def _without_words(text: str) -> str:
    """A comma in place of every "and" and "or" outside brackets."""
    depths = _depths(text)
    if depths is None:
        return text
    return _AND.sub(lambda found: found[0] if depths[found.start()] else ",", text)
