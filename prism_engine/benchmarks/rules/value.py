"""Whether a short answer in free words is the value that was asked for.

The value is what the last statement says ("so x = 30", "the answer is 30 m"). A number is the first
one that is said there, and another one beside it ("30 or 40") makes it a hedge. Words are a value
where they stand whole, not denied and not one of several.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from fractions import Fraction
from itertools import pairwise

from prism_engine.benchmarks.rules.choice import choices_named
from prism_engine.benchmarks.rules.prose import plain, sentences
from prism_engine.contract.events import AnswerVerdict
from prism_engine.data.answers import LETTERS
from prism_engine.data.spelling.number import bare_number, number, rounded
from prism_engine.data.spelling.wrapping import fold

LEAST_PLACES = 2
LONGEST_NUMBER = 64
"""Characters; what is longer is no number that anybody meant."""

_ANSWER = re.compile(r"\banswer ?(?:is|are|would be|:|=)[: ]*", re.IGNORECASE)
_SAYS = re.compile(
    r"(?:\b(?:is|are|was|were|be|equals|so|thus|therefore|hence|final|result)\b[:,]?|[=≈:]) ?",
    re.IGNORECASE,
)
# Digits of a word, an index or an exponent (H2O, x_1, m^2) are no number.
_NUMBER = re.compile(
    r"(?<![\w.^/])(?:[-+] ?)?(?:[$€£¥] ?)?(?:(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?|\.\d+)"
    r"(?:[eE][-+]?\d+| ?(?:\\times|×|x|\*) ?10 ?\^ ?\{?[-+]?\d+\}?)?(?: ?/ ?\d+(?!\.?\d))?(?!\d)"
)
_BESIDE = re.compile(r" ?[A-Za-z%°/]{0,12} ?(?:\bor\b|\band\b|\bto\b|[,/–~-]) ?$")
_HEDGE = re.compile(r"\b(?:or|and|either)\b", re.IGNORECASE)
_REJECTED = re.compile(r"\b(?:is|are|was|were) (?:wrong|incorrect|false|not)\b", re.IGNORECASE)
_SUBJECT_FIRST = re.compile(r"(?:the|an?|what|our|correct|right)\b", re.IGNORECASE)
_NOT = re.compile(r"\b(?:not|never|than)(?: equal to| the| a| in)? $|n't $", re.IGNORECASE)
_DENIED = re.compile(r"\b(?:not|never|neither|nor|cannot|rather than)\b|n't\b", re.IGNORECASE)


def value_verdict(golds: Sequence[str], answer: str) -> AnswerVerdict:
    """Compare an answer with golds each of which is right. A sign for percent is read as a unit."""
    text = plain(answer)
    verdicts = [_verdict(plain(gold), text) for gold in golds]
    return "right" if "right" in verdicts else "wrong" if "wrong" in verdicts else "unparsed"


def places(gold: Fraction) -> int:
    """Decimal places at which a number is compared: two, or what two of its digits take."""
    return max(LEAST_PLACES, 1 - math.floor(math.log10(abs(gold)))) if gold else LEAST_PLACES


def _verdict(gold: str, text: str) -> AnswerVerdict:
    expected = number(gold.replace("%", ""))
    if expected is not None:
        found = numbers_said(text)
        if not found:
            return "unparsed"
        same = {rounded(value, places(expected)) for value in found}
        return "right" if same == {rounded(expected, places(expected))} else "wrong"
    if re.fullmatch("[A-Z]", gold):
        letters = choices_named(next(_places_to_look(text), ""), [""] * len(LETTERS))
        return "unparsed" if not letters else "right" if letters == [gold] else "wrong"
    return _words_verdict(fold(gold), text)


def numbers_said(text: str) -> list[Fraction]:
    """The number that a text says, with those that it says beside it; none if there is none."""
    text = text.replace("%", "")
    whole = _value(text)
    if whole is not None:
        return [whole]
    for place in _places_to_look(text):
        found = [each for each in _NUMBER.finditer(place) if not _is_denied(place, each.start())]
        if found:
            said = [found[0], *_beside(place, found)]
            values = [_value(each[0]) for each in said]
            return [value for value in values if value is not None]
    return []


def _is_denied(text: str, at: int) -> bool:
    """Whether what begins at a place is said not to be the value."""
    return _NOT.search(text, max(0, at - 24), at) is not None


def _value(text: str) -> Fraction | None:
    return bare_number(text) if len(text) <= LONGEST_NUMBER else None


def _beside(text: str, found: Sequence[re.Match[str]]) -> Iterator[re.Match[str]]:
    """The numbers that are joined to the first one, as in "30, 40 or 50"."""
    for before, after in pairwise(found):
        if not _BESIDE.fullmatch(text, before.end(), after.start()):
            return
        yield after


def _places_to_look(text: str) -> Iterator[str]:
    """Where a value may be said, what says it most clearly first.

    In "30 is the power" the value stands before the verb, so that all of a sentence is a place.
    """
    statements = list(_ANSWER.finditer(text))
    if statements:
        yield from sentences(text[statements[-1].end() :])[:1]
    said = [sentence for sentence in sentences(text) if not _REJECTED.search(sentence)]
    for sentence in reversed(said):
        sayings = list(_SAYS.finditer(sentence))
        if sayings:
            tail = sentence[sayings[-1].end() :]
            yield sentence if _SUBJECT_FIRST.match(tail) else tail
    yield from (sentence for sentence in reversed(said) if not _SAYS.search(sentence))


def _words_verdict(gold: str, text: str) -> AnswerVerdict:
    said = sentences(text)
    if not said or not fold(text):
        return "unparsed"
    if gold in (fold(text), fold(said[0])):
        return "right"
    for place in _places_to_look(text):
        before, stands, _ = f" {fold(place)} ".partition(f" {gold} ")
        if stands:
            hedged = _HEDGE.search(place) and not _HEDGE.search(gold)
            return "wrong" if hedged or _DENIED.search(before) else "right"
    return "wrong"
