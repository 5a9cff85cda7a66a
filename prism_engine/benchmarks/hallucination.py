"""Which failures on HallusionBench are the language's, which the sight's, and which either's.

The decision tree of the authors (section 3 of arXiv 2310.14566, `get_eval_pair_all` in their
`utils.py`), on what was said to a question about a figure and to the same one about the original.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Literal

from prism_engine.benchmarks.rules.yes_no import YesNo

Blame = Literal["language", "vision", "both"]
Code = Literal["right", "wrong", "unclear"]


@dataclass(frozen=True)
class Reading:
    """What was said to one question, and where it belongs."""

    category: str  # VD needs its figure, VS can be answered without one
    visual_input: str  # 0 no figure, 1 the original, 2 an edited one
    original: bool
    pair: str
    of_set: Hashable
    gold: str
    said: YesNo | None
    right: bool

    @property
    def code(self) -> Code:
        """Neither yes nor no is unclear, also where that is right."""
        if self.said == "uncertain" or (self.said is None and not self.right):
            return "unclear"
        return "right" if self.right else "wrong"


def failures(readings: Sequence[Reading]) -> list[tuple[Blame, Hashable]]:
    """Who is to blame for each failure, with the set it belongs to.

    Nobody can tell without what was said to the originals: where one is missing there are none.
    """
    originals = {reading.pair: reading for reading in readings if reading.original}
    if any(reading.pair not in originals for reading in readings):
        return []
    blamed = [(blame(reading, originals[reading.pair]), reading.of_set) for reading in readings]
    return [(who, of_set) for who, of_set in blamed if who is not None]


def blame(reading: Reading, original: Reading) -> Blame | None:
    """Who is to blame for what was said, given what was said to the original; None if nobody."""
    if reading.code == "right":
        return None
    if reading.category == "VD":
        return _needs_its_figure(reading, original)
    return _without_figure(reading) if reading.original else _with_figure(reading, original)


def _needs_its_figure(reading: Reading, original: Reading) -> Blame:
    repeated = reading.code == "wrong" and reading.said == original.said
    return "both" if not reading.original and original.code == "right" and repeated else "vision"


def _without_figure(reading: Reading) -> Blame | None:
    return "language" if reading.code == "wrong" else None


def _with_figure(reading: Reading, original: Reading) -> Blame:
    repeated = reading.code == "wrong" and reading.said == original.said
    if original.code == "wrong":
        return "language" if repeated else "both"
    if original.code == "right" and reading.visual_input == "2" and repeated:
        return "language"
    return "vision"
