"""What mirrors show of an item and the responses to it: a few of each, cut where they are long."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from prism_engine.contract.events import Response, Sample

MOST_ITEMS = 4
MOST_ROLLOUTS = 4
LONGEST = 4000
"""Characters of a question or a response. A tracker is given no more of a step than this."""


@dataclass(frozen=True)
class ShownSample:
    """An item with its first image, if that is there."""

    sample: Sample
    image: Path | None

    @property
    def rollouts(self) -> Sequence[Response]:
        return self.sample.rollouts[:MOST_ROLLOUTS]

    def markdown(self) -> str:
        """Everything about it, with what models and people wrote in fences."""
        return "\n\n".join(self._paragraphs())

    def _paragraphs(self) -> Iterator[str]:
        yield f"**question** of {_inline(self.sample.item)}"
        yield fenced(self.sample.question)
        if self.sample.gold is not None:
            yield f"**gold** {_inline(self.sample.gold)}"
        if self.sample.demonstration is not None:
            yield "**demonstration**"
            yield fenced(self.sample.demonstration.text)
        for number, rollout in enumerate(self.rollouts, start=1):
            yield f"**rollout {number}** {verdict(rollout)}".rstrip()
            yield fenced(rollout.text)


def shown(samples: Sequence[Sample], images: Path) -> list[ShownSample]:
    """Return what is shown of a step's samples, whose images lie in a folder."""
    return [ShownSample(one, _first_image(one, images)) for one in samples[:MOST_ITEMS]]


def verdict(rollout: Response) -> str:
    """What was thought of a rollout, in words."""
    words = [] if rollout.valid else ["malformed"]
    if rollout.correct is not None:
        words.append("right" if rollout.correct else "wrong")
    words += [f"{name} {value:.3g}" for name, value in rollout.rewards.items()]
    if rollout.advantage is not None:
        words.append(f"advantage {rollout.advantage:.3g}")
    return ", ".join(words)


def cut(text: str) -> str:
    """Return a text, or the beginning of one that is long."""
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"


def fenced(text: str) -> str:
    """Put a text where nothing in it is read as markup: within a fence that it does not close."""
    longest = max((len(found) for found in re.findall("`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}\n{cut(text)}\n{fence}"


def _inline(text: str) -> str:
    return f"`{cut(' '.join(text.replace('`', ' ').split()))}`"


def _first_image(sample: Sample, images: Path) -> Path | None:
    paths = (images / f"{digest}.png" for digest in sample.images)
    return next((path for path in paths if path.is_file()), None)
