"""Whether an answer says yes, no, or that it cannot be known."""

from __future__ import annotations

import re
from typing import Literal

from prism_engine.benchmarks.rules.prose import plain

YesNo = Literal["yes", "no", "uncertain"]

_WORDS: dict[str, YesNo] = {
    "yes": "yes", "correct": "yes", "true": "yes", "right": "yes", "yeah": "yes", "是": "yes",
    "no": "no", "incorrect": "no", "false": "no", "wrong": "no", "nope": "no", "否": "no",
    "uncertain": "uncertain", "unknown": "uncertain", "unclear": "uncertain",
}  # fmt: skip
_UNCERTAIN = re.compile(
    r"\b(?:can ?not|can't|could ?n[o']t|unable to|impossible to|not possible to|hard to)"
    r"(?: be)? (?:tell|told|say|said|know|known|determine|determined|answer|answered|judge|judged|"
    r"confirm|confirmed|see)\b"
    r"|\b(?:not sure|unsure|do(?:es)? ?n[o']t know|not enough information|uncertain|"
    r"no way to (?:tell|know))\b",
    re.IGNORECASE,
)
_STATED = re.compile(
    r"\b(?:answer|response)(?: to (?:this|the) question)? ?(?:is|:|would be|=)+ ?\"?"
    r"(?P<word>yes|no|true|false)\b(?! [a-z]+ (?:is|are|can|exists?)\b)",
    re.IGNORECASE,
)
# "No circle is larger" denies a circle, "No, …" and "No it is not" answer.
_LEADING = re.compile(
    r"\W*(?P<word>yes|no|true|false)\b"
    r"(?P<rest>\W*$|[ ]*[,.;:!?)\n—–-]"
    r"|[ ](?:it|they|there|this|that|the|these|those|he|she|we|i)\b)?",
    re.IGNORECASE,
)
_AND_THE_OTHER = re.compile(r"\W*(?:\b(?:and|or)\b\W*(?:yes|no)\b|(?:yes|no)\W*$)", re.IGNORECASE)


def yes_or_no(answer: str) -> YesNo | None:
    """What an answer says; None if it says neither, or both."""
    text = plain(answer)
    word = text.strip(" \n.,;:!?()[]\"'").casefold()
    if word in _WORDS:
        return _WORDS[word]
    if said := _stated(text):
        return said
    leading = _LEADING.match(text)
    if leading and (leading["rest"] is not None or leading["word"].casefold() == "yes"):
        return _leading(leading, text)
    return "uncertain" if _UNCERTAIN.search(text) else None


def _stated(text: str) -> YesNo | None:
    """What all statements agree on."""
    said = {_WORDS[found["word"].casefold()] for found in _STATED.finditer(text)}
    return said.pop() if len(said) == 1 else None


def _leading(found: re.Match[str], text: str) -> YesNo | None:
    if _AND_THE_OTHER.match(text, found.end("word")):
        return None
    return _WORDS[found["word"].casefold()]
