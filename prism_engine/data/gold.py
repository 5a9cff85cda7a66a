"""What a gold answer that came as text is: its type is decided here, where data is taken in.

The narrowest type that fits is taken, because it is the one that answers are compared by most
exactly: a letter of a choice before a word, a number before mathematics, mathematics before text.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from pydantic import ValidationError

from prism_engine.data.answers import (
    LETTERS,
    Answer,
    ChoiceAnswer,
    DecimalAnswer,
    ExpressionAnswer,
    IntegerAnswer,
    IntervalAnswer,
    ListAnswer,
    QuantityAnswer,
    SetAnswer,
    TextAnswer,
)
from prism_engine.data.spelling.interval import intervals
from prism_engine.data.spelling.latex import latex
from prism_engine.data.spelling.number import magnitude
from prism_engine.data.spelling.sequence import bracketed, split
from prism_engine.data.spelling.unit import unit
from prism_engine.data.spelling.wrapping import fold, unwrap

LONGEST_GOLD = 1024
"""A longer gold could never be matched: the verifier reads no answer of more characters."""

_LETTER = re.compile(r"\(?([A-Z])\)?[.:]?")
_INTEGER = re.compile(r"[+-]?\d{1,18}")
_MATHEMATICS = re.compile(
    r"[\\^=√π]|\bsqrt\b|\d[A-Za-z]{1,2}\b|\b[A-Za-z]\d?\s*[-+*/]\s*[\dA-Za-z]"
)
_QUANTITY = re.compile(r"(?P<value>[+-]?[\d.,/ ]*\d)\s*(?P<unit>\D.*)")
_SHORT_BASES = frozenset({"m", "g", "s", "A", "K", "cd"})
_INTERVAL = re.compile(r"^\(.*\]$|^\[.*\)$|[<>≤≥∪∞∈]|\\(?:le|ge|lt|gt|cup|infty|in)\b", re.DOTALL)


def type_gold(text: str, choices: Sequence[str] = ()) -> Answer | None:
    """The gold answer that a text is, given the texts of its choices; None where it says nothing.

    A choice may be named by its letter or by its text.
    """
    plain = unwrap(text)
    if not plain or len(text) > LONGEST_GOLD:
        return None
    if choices:
        return _chosen(plain, list(choices))
    found = (reader(plain) for reader in _READERS)
    return next(answer for answer in found if answer is not None)


def gold_problem(gold: Answer) -> str | None:
    """Why no answer could ever be compared with this gold; None if answers can be."""
    if gold.type == "expression" and latex(gold.value) is None:
        return f"{gold.value!r} is not one piece of mathematics; give it the type text, or list"
    return None


def _chosen(text: str, choices: list[str]) -> Answer | None:
    letter = _LETTER.fullmatch(text)
    if letter and LETTERS.index(letter[1]) < len(choices):
        return ChoiceAnswer(value=letter[1], choices=choices)
    same = [number for number, choice in enumerate(choices) if fold(choice) == fold(text)]
    if len(same) != 1 or len(choices) > len(LETTERS):
        return None
    return ChoiceAnswer(value=LETTERS[same[0]], choices=choices)


def _letter(text: str) -> Answer | None:
    found = _LETTER.fullmatch(text)
    return ChoiceAnswer(value=found[1]) if found else None


def _number(text: str) -> Answer | None:
    plain = text.replace(",", "") if magnitude(text) is not None else text
    if _INTEGER.fullmatch(plain):
        return IntegerAnswer(value=int(plain))
    return DecimalAnswer(value=text) if magnitude(text) is not None else None


def _interval(text: str) -> Answer | None:
    """Only where it cannot be a list: (1, 2) may be a point and [1, 2] a row of numbers."""
    if not _INTERVAL.search(text) or intervals(text) is None:
        return None
    return IntervalAnswer(value=text)


def _sequence(text: str) -> Answer | None:
    bracket, inner = bracketed(text)
    parts = split(inner)
    if not parts or len(parts) < 2 or not all(parts):
        return None
    if bracket == "{":
        return SetAnswer(value=parts)
    # Words between commas are more often a phrase than a row of answers.
    if bracket or all(magnitude(part) is not None for part in parts):
        return ListAnswer(value=parts)
    return None


def _quantity(text: str) -> Answer | None:
    found = _QUANTITY.fullmatch(text)
    measured = found and unit(found["unit"])
    if not found or measured is None or any(map(_is_a_variable, dict(measured.powers))):
        return None
    value = found["value"].strip()
    try:
        return QuantityAnswer(value=value, unit=found["unit"].strip())
    except ValidationError:
        return None


def _is_a_variable(base: str) -> bool:
    """Whether what a unit is made of is rather algebra: 2x is no quantity, and 2 m is one."""
    return len(base) < 3 and base not in _SHORT_BASES


def _expression(text: str) -> Answer | None:
    if not _MATHEMATICS.search(text) or latex(text) is None:
        return None
    return ExpressionAnswer(value=text)


def _text(text: str) -> Answer | None:
    return TextAnswer(value=text)


_READERS: tuple[Callable[[str], Answer | None], ...] = (
    _letter, _number, _interval, _sequence, _quantity, _expression, _text,
)  # fmt: skip
