"""What a response is made of, counted as whoever shows it counts it."""

from prism_engine.contract.structure import (
    caption_items,
    caption_precision,
    caption_recall,
    reasoning_steps,
)

__all__ = ["caption_items", "caption_precision", "caption_recall", "reasoning_steps"]
