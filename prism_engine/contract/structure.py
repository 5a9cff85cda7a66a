"""What a response is made of: caption items and reasoning steps.

The paper reports both and releases no counting code, so the rules here are ours. They are applied
to responses in the caption, think, answer form alone, to the policy's and the supervision's alike.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

_BULLET = re.compile(r"(?P<indent>\s*)(?:[-*•–▪]|\(?(?:\d{1,2}|[a-z])[.)])\s+(?P<text>\S.*)")
_STEP = re.compile(
    r"(?P<indent>\s*)(?:#+\s*)?(?:\*\*)?(?:step\s+\d+|\d{1,2}[.)]\s|第.{1,3}步)", re.I
)
_SENTENCE_END = re.compile(r"(?<!\be\.g)(?<!\bi\.e)(?<!\bca)[.!?](?=\s|$)|[。！？]")
_CODE = re.compile(r"```.*?(?:```\n?|$)", re.S)
_DISPLAYED = re.compile(r"\$\$.*?\$\$|\\\[.*?\\\]", re.S)
_WORD = re.compile(r"[^\W\d_]{2,}")
_FRAGMENT_WORDS = 3


def caption_items(caption: str) -> list[str]:
    """The items of a caption in order, each once: its bullets, or its sentences if it has none.

    A bullet that ends in a colon and introduces deeper ones is a heading, not an item.
    """
    bullets = [found for line in caption.splitlines() if (found := _BULLET.fullmatch(line))]
    if not bullets:
        return _distinct(_sentences(caption))
    indents = [len(bullet["indent"].expandtabs(4)) for bullet in bullets]
    items = [
        bullet["text"]
        for bullet, indent, following in zip(bullets, indents, [*indents[1:], 0], strict=True)
        if not (bullet["text"].rstrip().endswith(":") and following > indent)
    ]
    return _distinct(items)


def caption_recall(items: Sequence[str], reference: Sequence[str]) -> float:
    """Share of the reference's items that are among `items`; 1 if it has none."""
    return len({*items} & {*reference}) / len({*reference}) if reference else 1.0


def caption_precision(items: Sequence[str], reference: Sequence[str]) -> float:
    """Share of `items` that are among the reference's; 1 if there are none."""
    return caption_recall(reference, items)


def reasoning_steps(think: str) -> int:
    """How many steps a chain of thought takes.

    Numbered steps are counted at their shallowest indent if there are at least two; otherwise
    paragraphs, those too short to say anything left out; otherwise lines; otherwise sentences.
    """
    text = _DISPLAYED.sub("formula", _CODE.sub("", think)).strip()
    numbered = [len(found["indent"]) for line in text.splitlines() if (found := _STEP.match(line))]
    if len(numbered) >= 2:
        return numbered.count(min(numbered))
    paragraphs = [part for part in re.split(r"\n\s*\n", text) if part.strip()]
    if len(paragraphs) >= 2:
        return max(1, sum(len(_WORD.findall(part)) >= _FRAGMENT_WORDS for part in paragraphs))
    lines = [line for line in text.splitlines() if line.strip()]
    return len(lines) if len(lines) >= 2 else len(_sentences(text))


def _sentences(text: str) -> list[str]:
    return [part for part in _SENTENCE_END.split(text) if part.strip()]


def _distinct(items: Sequence[str]) -> list[str]:
    """Items that differ in more than case and white space."""
    return list(dict.fromkeys(" ".join(item.split()).casefold() for item in items))
