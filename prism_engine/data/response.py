"""The form of a response, and its only parser.

A response is `<caption>…</caption><think>…</think><answer>…</answer>`, with nothing but white
space around the three blocks. The perception expert reads the caption section, the reasoning
expert the think and answer blocks together, as in PRISM (arXiv 2604.28123).

The parser goes through the tags once, so that its time grows with the length of the text whatever
the text is, and says of a malformed one what is wrong with it.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple, get_args

SectionName = Literal["caption", "think", "answer"]
TAGS: tuple[SectionName, ...] = get_args(SectionName)

Fault = Literal[
    "missing", "unclosed", "unopened", "nested", "repeated", "misplaced", "outside", "empty"
]
"""What can be wrong with the form. Where several things are, the first tag that is out of place
is named before text outside the blocks, and that before an empty section."""

_TAG = re.compile(rf"<(?P<closing>/?)(?P<name>{'|'.join(TAGS)})>")


class Span(NamedTuple):
    """Characters of a response, from `start` up to but without `end`."""

    start: int
    end: int

    def of(self, text: str) -> str:
        return text[self.start : self.end]


class Block(NamedTuple):
    """Where one section lies in its response."""

    inside: Span  # between the tags
    whole: Span  # tags included


@dataclass(frozen=True)
class Sections:
    """A well-formed response, taken apart."""

    caption: str  # inside the tags, stripped
    think: str
    answer: str
    perception: str  # the caption block with its tags: what the perception expert reads
    reasoning: str  # think and answer blocks with their tags: what the reasoning expert reads
    blocks: tuple[Block, Block, Block]  # of caption, think and answer

    def span(self, channel: Literal["perception", "reasoning"]) -> Span:
        """The characters that an expert reads, tags included."""
        caption, think, answer = self.blocks
        if channel == "perception":
            return caption.whole
        return Span(think.whole.start, answer.whole.end)


@dataclass(frozen=True)
class Malformed:
    """What is wrong with a response that has not the form."""

    fault: Fault
    section: SectionName | None  # None for text that is outside of all of them
    at: int  # the character at which it shows

    def __str__(self) -> str:
        return f"{self.fault} {self.section}" if self.section else "text outside the blocks"


def parse_response(text: str) -> Sections | None:
    """Take a response apart; None unless it has exactly the three blocks, in order, none empty."""
    read = read_response(text)
    return read if isinstance(read, Sections) else None


def read_response(text: str) -> Sections | Malformed:
    """Take a response apart, or say what is wrong with it."""
    blocks = _blocks(text)
    if isinstance(blocks, Malformed):
        return blocks
    fault = _text_outside(text, blocks) or _empty_section(text, blocks)
    if fault is not None:
        return fault
    caption, think, answer = blocks
    return Sections(
        *(block.inside.of(text).strip() for block in blocks),
        perception=caption.whole.of(text),
        reasoning=text[think.whole.start : answer.whole.end],
        blocks=(caption, think, answer),
    )


def _blocks(text: str) -> list[Block] | Malformed:
    """The three blocks by their tags alone: the parser is inside `opened`, or between blocks."""
    blocks: list[Block] = []
    opened: re.Match[str] | None = None
    for tag in _TAG.finditer(text):
        fault = (
            _closing_fault(tag, opened) if tag["closing"] else _opening_fault(tag, opened, blocks)
        )
        if fault is not None:
            return fault
        if opened is None:
            opened = tag
        else:
            inside = Span(opened.end(), tag.start())
            blocks.append(Block(inside, whole=Span(opened.start(), tag.end())))
            opened = None
    if opened is not None:
        return Malformed("unclosed", opened["name"], opened.start())
    if len(blocks) < len(TAGS):
        return Malformed("missing", TAGS[len(blocks)], len(text))
    return blocks


def _closing_fault(tag: re.Match[str], opened: re.Match[str] | None) -> Malformed | None:
    if opened is not None and opened["name"] == tag["name"]:
        return None
    return Malformed("unopened", tag["name"], tag.start())


def _opening_fault(
    tag: re.Match[str], opened: re.Match[str] | None, before: Sequence[Block]
) -> Malformed | None:
    """What is wrong with opening a section here, after the blocks `before`."""
    name = tag["name"]
    if opened is not None:
        if _appears(f"</{opened['name']}>", after=tag):
            return Malformed("nested", name, tag.start())
        return Malformed("unclosed", opened["name"], opened.start())
    if TAGS.index(name) < len(before):
        return Malformed("repeated", name, tag.start())
    expected = TAGS[len(before)]
    if name == expected:
        return None
    if _appears(f"<{expected}>", after=tag):
        return Malformed("misplaced", name, tag.start())
    return Malformed("missing", expected, tag.start())


def _appears(tag: str, *, after: re.Match[str]) -> bool:
    return after.string.find(tag, after.end()) >= 0


def _text_outside(text: str, blocks: Sequence[Block]) -> Malformed | None:
    starts = [0, *(block.whole.end for block in blocks)]
    ends = [*(block.whole.start for block in blocks), len(text)]
    for start, end in zip(starts, ends, strict=True):
        between = text[start:end].lstrip()
        if between:
            return Malformed("outside", None, end - len(between))
    return None


def _empty_section(text: str, blocks: Sequence[Block]) -> Malformed | None:
    for name, block in zip(TAGS, blocks, strict=True):
        if not any(_shows(character) for character in block.inside.of(text).strip()):
            return Malformed("empty", name, block.inside.start)
    return None


def _shows(character: str) -> bool:
    """Whether a character can be seen: a section of zero-width spaces says nothing."""
    return not character.isspace() and unicodedata.category(character) not in ("Cc", "Cf")
