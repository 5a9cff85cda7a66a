"""Questions as they are compared: without case, forms of characters and spacing, with digits."""

from __future__ import annotations

import re
import unicodedata
from difflib import SequenceMatcher

_SPACING = re.compile(r"\\(?:[,;:!> ]|quad|qquad|left|right|displaystyle)(?![a-z])|[~$]")
_NUMBER = re.compile(r"\d+(?:\.\d+)?")
_WORD = re.compile(r"\w+|[^\w\s]")

GRAM = 5


def normalise(text: str) -> str:
    """NFKC, case folded, LaTeX's spacing and all white space folded into single blanks."""
    plain = unicodedata.normalize("NFKC", text)
    return " ".join(_SPACING.sub(" ", plain).casefold().split())


def numbers(text: str) -> list[str]:
    """The numbers of a text in order: questions that differ in one are different questions."""
    return _NUMBER.findall(text)


def words(text: str) -> list[str]:
    """Words, and signs one by one."""
    return _WORD.findall(text)


def character_grams(text: str) -> set[str]:
    """All runs of five characters; a shorter text is one itself."""
    return {text[start : start + GRAM] for start in range(max(len(text) - GRAM + 1, 1))}


def common_share(first: set[str], second: set[str]) -> float:
    """|A ∩ B| / |A ∪ B|."""
    return len(first & second) / len(first | second)


def alike(first: str, second: str, share: float) -> bool:
    """Whether two normalised texts ask the same, but for a few characters that are no digits."""
    if first == second:
        return True
    if numbers(first) != numbers(second):
        return False
    return common_share(character_grams(first), character_grams(second)) >= share


def word_grams(text: str, size: int) -> set[tuple[str, ...]]:
    """All runs of so many words."""
    split = words(text)
    return {tuple(split[start : start + size]) for start in range(len(split) - size + 1)}


def ratio(first: str, second: str) -> float:
    """The share of characters that two texts have in common, in order (Ratcliff, 1988)."""
    return SequenceMatcher(None, first, second, autojunk=False).ratio()
