"""Rational numbers as they are written: 1,200, -0.5, 3/4, 1 1/2, 1.2e3, 50%, 0.(3)."""

from __future__ import annotations

import math
import re
from fractions import Fraction
from functools import lru_cache

from prism_engine.data.spelling.wrapping import unwrap

_PLAIN = r"(?:(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d*)?|\.\d+)"
_POWER = r"(?:\^|\*\*)\s*\{?\s*(?P<exponent>[+-]?\d{1,3})\s*\}?"
_TIMES = r"(?:\\times|\\cdot|×|⋅|·|\*|x)"
_FORMS = [
    re.compile(form)
    for form in (
        rf"(?P<whole>{_PLAIN})",
        rf"(?P<whole>{_PLAIN})[eE](?P<exponent>[+-]?\d{{1,3}})",
        rf"(?:(?P<whole>{_PLAIN})\s*{_TIMES}\s*)?10\s*{_POWER}",
        rf"(?P<top>{_PLAIN})\s*/\s*(?P<bottom>{_PLAIN})",
        rf"\\frac\s*\{{\s*(?P<top>-?\s*{_PLAIN})\s*\}}\s*\{{\s*(?P<bottom>-?\s*{_PLAIN})\s*\}}",
        r"\\frac\s*(?P<top>\d)\s*(?P<bottom>\d)",
        r"(?P<whole>\d+)\s+(?P<top>\d+)\s*/\s*(?P<bottom>\d+)",
        r"(?P<whole>\d+)\s*\\frac\s*\{\s*(?P<top>\d+)\s*\}\s*\{\s*(?P<bottom>\d+)\s*\}",
        r"(?P<whole>\d*\.(?P<before>\d*))(?:\\overline\s*\{(?P<over>\d+)\}|\((?P<cycle>\d+)\))",
    )
]
_THOUSANDS = re.compile(r"(?<=\d)(?:\\[,!; ]|\{,\}(?:\\!)?|,\\!|[\u2009\u202f])(?=\d{3}(?!\d))")
_SIGN = re.compile(r"([+-]?)\s*")
_PERCENT = re.compile(r"\s*(?:%|\\%|per\s?cent)$", re.IGNORECASE)
_NAME = re.compile(r"\\?[A-Za-z]+\s*=\s*")
_CURRENCY = re.compile(r"^([+-]?)\s*(?:\\?\$|€|£|¥)\s*")
_DEGREES = re.compile(r"\s*(?:°|\^\s*\{?\s*\\circ\s*\}?|\\degree)$")


@lru_cache(maxsize=4096)
def number(text: str) -> Fraction | None:
    """The exact value of a number, a percentage being a hundredth of it."""
    text = unwrap(text)
    percent = _PERCENT.search(text)
    if percent is None:
        return magnitude(text)
    value = magnitude(text[: percent.start()])
    return value if value is None else value / 100


@lru_cache(maxsize=4096)
def bare_number(text: str) -> Fraction | None:
    """A number whose name (`x = 5`) or sign of currency or degrees may stand beside it.

    A unit may not: without knowing the gold's, 5 m and 5 cm would be the same.
    """
    text = _DEGREES.sub("", _CURRENCY.sub(r"\1", unwrap(text)))
    named = _NAME.match(text)
    return number(text[named.end() :] if named else text)


def magnitude(text: str) -> Fraction | None:
    """The exact value of a number that stands alone."""
    text = (
        _THOUSANDS.sub("", unwrap(text)).replace("\\dfrac", "\\frac").replace("\\tfrac", "\\frac")
    )
    sign = _SIGN.match(text)
    assert sign is not None
    for form in _FORMS:
        if found := form.fullmatch(text, sign.end()):
            size = _size(found.groupdict())
            return -size if size is not None and sign[1] == "-" else size
    return None


def rounded(value: Fraction, places: int) -> Fraction:
    """Round half away from zero to so many decimal places, as is taught in school."""
    whole = math.floor(abs(value) * 10**places + Fraction(1, 2))
    return Fraction(-whole if value < 0 else whole, 10**places)


def _size(parts: dict[str, str | None]) -> Fraction | None:
    if parts.get("over") or parts.get("cycle"):
        return _repeating(parts)
    size = Fraction(0)
    if parts.get("whole"):
        size = _plain(parts["whole"])
    elif parts.get("exponent"):
        size = Fraction(1)
    if parts.get("exponent"):
        size *= Fraction(10) ** int(parts["exponent"])
    if parts.get("top"):
        bottom = _plain(parts["bottom"])
        return size + _plain(parts["top"]) / bottom if bottom else None
    return size


def _repeating(parts: dict[str, str | None]) -> Fraction:
    """0.1(6) is 0.1 and 6/90."""
    cycle = parts.get("over") or parts.get("cycle")
    nines = Fraction(int(cycle), (10 ** len(cycle) - 1) * 10 ** len(parts["before"]))
    return _plain(parts["whole"].rstrip(".") or "0") + nines


def _plain(digits: str) -> Fraction:
    return Fraction(digits.replace(",", "").replace(" ", "").rstrip("."))
