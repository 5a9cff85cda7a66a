"""Where images stand in a question: at its marks, or before it where it has none."""

from __future__ import annotations

from prism_engine.contract.runs import IMAGE_MARK


def interleave(question: str, images: int) -> list[str | None]:
    """What is said and shown in order: pieces of text, and None for the next image.

    Raises:
        ValueError: there are marks, but not one for every image.
    """
    pieces = question.split(IMAGE_MARK)
    if len(pieces) == 1:
        return [*[None] * images, question]
    if len(pieces) != images + 1:
        raise ValueError(
            f"the question has {len(pieces) - 1} marks {IMAGE_MARK} for {images} images; give it "
            "one for every image, in their order, or none"
        )
    parts: list[str | None] = [pieces[0]]
    for piece in pieces[1:]:
        parts += [None, piece]
    return [part for part in parts if part != ""]
