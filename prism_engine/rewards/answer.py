"""Whether an answer is right, by its type. A verdict, never an exception."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Literal

from prism_engine.data.records import Answer, Record
from prism_engine.data.response import Sections

Verdict = Literal["right", "wrong", "unparsed"]

LONGEST_ANSWER = 1024
"""An answer of more characters is an attempt to name everything, and is not read."""

_INTEGER = re.compile(r"[+-]?\d{1,3}(,\d{3})+|[+-]?\d+(\.0+)?")
_CHOICE = re.compile(r"\(?([A-Za-z])\)?[.:]?")


def answer_reward(record: Record, sections: Sections | None) -> float:
    """1 for the right answer in a well-formed response, otherwise 0."""
    if record.answer is None or sections is None:
        return 0.0
    return float(verdict(record.answer, sections.answer) == "right")


def verdict(gold: Answer, given: str) -> Verdict:
    """Compare what was given with the gold answer; `unparsed` if it is not of the gold's type."""
    if not given.strip() or len(given) > LONGEST_ANSWER:
        return "unparsed"
    parse = _PARSERS[gold.type]
    parsed = parse(given)
    if parsed is None:
        return "unparsed"
    return "right" if parsed == parse(_text(gold)) else "wrong"


def _text(gold: Answer) -> str:
    return ", ".join(gold.value) if gold.type == "list" else str(gold.value)


def _integer(text: str) -> int | None:
    text = text.strip().rstrip(".")
    if not _INTEGER.fullmatch(text):
        return None
    return int(text.replace(",", "").split(".")[0])


def _choice(text: str) -> str | None:
    found = _CHOICE.fullmatch(text.strip())
    return found[1].upper() if found else None


def _words(text: str) -> str:
    return " ".join(text.strip().rstrip(".").casefold().split())


def _list(text: str) -> list[str]:
    """Values between commas, semicolons or new lines; numbers are compared as numbers."""
    values = [_words(part) for part in re.split(r"[,;\n]", text.strip().strip("[]()"))]
    return [str(value) if (number := _integer(value)) is None else str(number) for value in values]


_PARSERS: dict[str, Callable[[str], object | None]] = {
    "integer": _integer,
    "choice": _choice,
    "text": _words,
    "list": _list,
}
