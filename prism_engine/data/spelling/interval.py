"""Intervals and unions of them: `[1, 2)`, `(-∞, 0) ∪ (1, 2]`, `1 ≤ x < 2`, `x > 3`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction

from prism_engine.data.spelling.number import number
from prism_engine.data.spelling.sequence import split
from prism_engine.data.spelling.wrapping import unwrap

Endpoint = Fraction | str
"""Exact where it is a rational number, otherwise as it is written; `INFINITY` for both ends."""

INFINITY = "∞"

_UNION = re.compile(r"\s*(?:∪|\\cup|\bU\b|\bor\b|\\text\s*\{\s*or\s*\})\s*")
_MEMBER = re.compile(r"(?:[A-Za-z]|\\[a-z]+)\s*(?:∈|\\in\b)\s*")
_EVERYTHING = re.compile(r"ℝ|\\mathbb\s*\{?\s*R\s*\}?|\\R|all real numbers", re.IGNORECASE)
_INFINITE = re.compile(r"(?P<sign>[+-]?)\s*(?:∞|\\infty|inf(?:inity)?|oo)", re.IGNORECASE)
_VARIABLE = re.compile(r"[A-Za-z]|\\(?:theta|alpha|beta|lambda|phi)")
_RELATION = re.compile(
    r"(<=|>=|≤|≥|⩽|⩾|\\leqslant|\\geqslant|\\leq?|\\geq?|<|>|\\lt|\\gt)(?![A-Za-z])"
)


@dataclass(frozen=True)
class Interval:
    """All numbers between two ends."""

    low: Endpoint
    high: Endpoint
    low_closed: bool
    high_closed: bool

    @property
    def is_exact(self) -> bool:
        return all(isinstance(e, Fraction) or e == INFINITY for e in (self.low, self.high))


def intervals(text: str) -> list[Interval] | None:
    """The intervals of a union, in order and joined where they overlap, if their ends are exact."""
    text = re.sub(r"\\(?:left|right)(?=[\s(\[)\]])", "", unwrap(text))
    member = _MEMBER.match(text)
    text = text[member.end() :] if member else text
    if _EVERYTHING.fullmatch(text):
        return [Interval(INFINITY, INFINITY, False, False)]
    found = [_bracketed(part) or _related(part) for part in _UNION.split(text)]
    if any(interval is None or not _is_possible(interval) for interval in found):
        return None
    if all(interval.is_exact for interval in found):
        return _joined(found)
    return found


def _bracketed(text: str) -> Interval | None:
    text = text.strip()
    if text[:1] not in ("(", "[") or text[-1:] not in (")", "]"):
        return None
    ends = split(text[1:-1])
    if ends is None or len(ends) != 2 or not all(ends):
        return None
    return _interval(ends[0], ends[1], text[0] == "[", text[-1] == "]")


def _related(text: str) -> Interval | None:
    """One relation, or a chain of two that point the same way: low < x ≤ high."""
    parts = [part.strip() for part in _RELATION.split(text)]
    if len(parts) == 3 and _VARIABLE.fullmatch(parts[2]):
        parts = [parts[2], _turned(parts[1]), parts[0]]
    if len(parts) == 3 and _VARIABLE.fullmatch(parts[0]) and parts[2]:
        closed = _is_closed(parts[1])
        if _is_less(parts[1]):
            return _interval("-∞", parts[2], False, closed)
        return _interval(parts[2], "∞", closed, False)
    if len(parts) == 5 and _VARIABLE.fullmatch(parts[2]) and parts[0] and parts[4]:
        first, second = _is_less(parts[1]), _is_less(parts[3])
        ends = (parts[0], parts[4], _is_closed(parts[1]), _is_closed(parts[3]))
        if first != second:
            return None
        return _interval(*ends) if first else _interval(ends[1], ends[0], ends[3], ends[2])
    return None


def _interval(low: str, high: str, low_closed: bool, high_closed: bool) -> Interval | None:
    """None if an end is infinite on the wrong side, or is held to belong to the interval."""
    infinite_low, infinite_high = _INFINITE.fullmatch(low), _INFINITE.fullmatch(high)
    if infinite_low and (infinite_low["sign"] != "-" or low_closed):
        return None
    if infinite_high and (infinite_high["sign"] == "-" or high_closed):
        return None
    return Interval(
        INFINITY if infinite_low else _endpoint(low),
        INFINITY if infinite_high else _endpoint(high),
        low_closed,
        high_closed,
    )


def _endpoint(text: str) -> Endpoint:
    exact = number(text)
    return unwrap(text) if exact is None else exact


def _is_possible(interval: Interval) -> bool:
    low, high = interval.low, interval.high
    if not (isinstance(low, Fraction) and isinstance(high, Fraction)):
        return True
    return low < high or (low == high and interval.low_closed and interval.high_closed)


def _joined(found: list[Interval]) -> list[Interval]:
    """The same numbers in as few intervals as hold them, from low to high."""
    ordered = sorted(found, key=lambda i: (i.low != INFINITY, _as_number(i.low), not i.low_closed))
    joined = ordered[:1]
    for after in ordered[1:]:
        before = joined[-1]
        if _touch(before, after):
            joined[-1] = _together(before, after)
        else:
            joined.append(after)
    return joined


def _touch(before: Interval, after: Interval) -> bool:
    if INFINITY in (before.high, after.low):
        return True
    if before.high == after.low:
        return before.high_closed or after.low_closed
    return before.high > after.low


def _together(before: Interval, after: Interval) -> Interval:
    ends = [(i.high == INFINITY, _as_number(i.high), i.high_closed) for i in (before, after)]
    infinite, high, closed = max(ends)
    return Interval(before.low, INFINITY if infinite else high, before.low_closed, closed)


def _as_number(end: Endpoint) -> Fraction:
    return end if isinstance(end, Fraction) else Fraction(0)


def _is_less(relation: str) -> bool:
    return relation[0] in "<≤⩽" or relation.startswith("\\l")


def _is_closed(relation: str) -> bool:
    return relation not in ("<", ">", "\\lt", "\\gt")


def _turned(relation: str) -> str:
    """The relation read from the other side."""
    closed = _is_closed(relation)
    if _is_less(relation):
        return "≥" if closed else ">"
    return "≤" if closed else "<"
