"""What both sides of a comparison are asked."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Question:
    """What is asked about an image file, and what may be answered."""

    text: str
    image: Path
    response: str = ""
