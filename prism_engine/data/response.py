"""The form of a response, and its only parser.

A response is `<caption>…</caption><think>…</think><answer>…</answer>`, with nothing but white
space around the three blocks. The perception expert reads the caption section, the reasoning
expert the think and answer blocks together, as in PRISM (arXiv 2604.28123).
"""

from __future__ import annotations

import re
from dataclasses import dataclass

TAGS = ("caption", "think", "answer")

_FORM = re.compile(
    r"\s*(?P<perception><caption>(?P<caption>.*?)</caption>)"
    r"\s*(?P<reasoning><think>(?P<think>.*?)</think>\s*<answer>(?P<answer>.*?)</answer>)\s*",
    re.DOTALL,
)
_TAG = re.compile(rf"</?(?:{'|'.join(TAGS)})>")


@dataclass(frozen=True)
class Sections:
    """A well-formed response, taken apart."""

    caption: str  # inside the tags, stripped
    think: str
    answer: str
    perception: str  # the caption block with its tags: what the perception expert reads
    reasoning: str  # think and answer blocks with their tags: what the reasoning expert reads


def parse_response(text: str) -> Sections | None:
    """Take a response apart; None unless it has exactly the three blocks, in order, none empty."""
    form = _FORM.fullmatch(text)
    if form is None or len(_TAG.findall(text)) != 2 * len(TAGS):
        return None
    caption, think, answer = (form[tag].strip() for tag in TAGS)
    if not (caption and think and answer):
        return None
    return Sections(caption, think, answer, form["perception"], form["reasoning"])
