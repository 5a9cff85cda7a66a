"""What stands around an answer and says nothing: bold, boxes, dollar signs, quotation marks."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

_FULL_WIDTH = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)}
_SIGNS = str.maketrans({"−": "-", "﹣": "-", "⁄": "/", "∕": "/", "\u00a0": " ", "\u3000": " "})
_SUPERSCRIPTS = dict(zip("⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻", "0123456789+-", strict=True))
_SUPERSCRIPT = re.compile(f"[{''.join(_SUPERSCRIPTS)}]+")
_PAIRS = (
    ("**", "**"), ("__", "__"), ("*", "*"), ("`", "`"), ("$$", "$$"), ("$", "$"),
    ("\\(", "\\)"), ("\\[", "\\]"), ('"', '"'), ("'", "'"), ("“", "”"), ("‘", "’"), ("「", "」"),
)  # fmt: skip
_MACRO = re.compile(r"\\(?:boxed|fbox|text|textbf|textit|mathrm|mathbf|mathit|mbox)\s*\{")
_LABEL = re.compile(
    r"(?:the\s+)?(?:final\s+)?answer(?:\s*[:：]|\s+is\b\s*[:：]?)\s*", re.IGNORECASE
)
_SPACES = re.compile(r"[^\S\n]+")
_LINE_BREAKS = re.compile(r"[ \n]*\n[ \n]*")
_BARE = re.compile(r"[A-Za-z0-9 ,+-]*")
_KEPT = re.compile(r"(?<=\d)[.,:/-](?=\d)|(?<!\w)[-.](?=\d)")
_MARK = re.compile(r"[^\w\s]")


def unwrap(text: str) -> str:
    """The answer without what stands around it, typographic look-alikes of signs written plainly.

    Runs of white space become one, so that no pattern below has many ways to divide them.
    Look-alikes of letters are left alone: a Cyrillic В is not the letter B.
    """
    text = _LINE_BREAKS.sub("\n", _SPACES.sub(" ", text))
    if _BARE.fullmatch(text) and not _LABEL.match(text):
        return text.strip()
    text = _plain(text)
    while (shorter := _without_one_layer(text)) != text:
        text = shorter
    return text


@lru_cache(maxsize=4096)
def fold(text: str) -> str:
    """Words to be compared: without case, punctuation and further white space.

    Punctuation that belongs to a number stays, so that 1.5 is not 15 and -5 is not 5.
    """
    words = unicodedata.normalize("NFKC", unwrap(text)).casefold()
    kept = {found.start() for found in _KEPT.finditer(words)}

    def space(mark: re.Match[str]) -> str:
        punctuation = unicodedata.category(mark[0]).startswith("P")
        return " " if punctuation and mark.start() not in kept else mark[0]

    folded = " ".join(_MARK.sub(space, words).split())
    return folded or words


def closing(text: str, start: int) -> int | None:
    """Where the brace that opens at `start` is closed; None if it never is."""
    depth = 0
    for place in range(start, len(text)):
        if text[place] == "{":
            depth += 1
        elif text[place] == "}":
            depth -= 1
            if depth == 0:
                return place
    return None


def _plain(text: str) -> str:
    if text.isascii():
        return text.strip()
    text = "".join(c for c in text if unicodedata.category(c) != "Cf")
    text = text.translate(_FULL_WIDTH).translate(_SIGNS)
    text = "".join(_vulgar_fraction(c) for c in text)
    return _SUPERSCRIPT.sub(lambda found: f"^{{{_lowered(found[0])}}}", text).strip()


def _vulgar_fraction(character: str) -> str:
    """½ as ` 1/2`: with the space, 1½ is a mixed number."""
    if not unicodedata.decomposition(character).startswith("<fraction>"):
        return character
    return " " + unicodedata.normalize("NFKC", character).replace("⁄", "/")


def _lowered(superscripts: str) -> str:
    return "".join(_SUPERSCRIPTS[c] for c in superscripts)


def _without_one_layer(text: str) -> str:
    text = text.strip()
    if text.endswith(("。", ".")) and not text.endswith(".."):
        return text[:-1]
    if label := _LABEL.match(text):
        return text[label.end() :]
    macro = _MACRO.match(text)
    if macro and closing(text, macro.end() - 1) == len(text) - 1:
        return text[macro.end() : -1]
    for opening, ending in _PAIRS:
        inner = text[len(opening) : -len(ending)]
        wrapped = text.startswith(opening) and text.endswith(ending)
        if wrapped and len(text) > len(opening + ending) and _is_whole(inner, opening, ending):
            return inner
    return text


def _is_whole(inner: str, opening: str, ending: str) -> bool:
    """Whether the pair around `inner` is one pair, not the outer ends of two."""
    return opening not in inner and ending not in inner
