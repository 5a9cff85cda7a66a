from __future__ import annotations

import pytest

from prism_engine.data.interleaving import interleave


@pytest.mark.parametrize(
    ("question", "images", "parts"),
    [
        ("How many?", 0, ["How many?"]),
        ("How many?", 2, [None, None, "How many?"]),
        ("<image>\nHow many?", 1, [None, "\nHow many?"]),
        ("Is it <image> or <image>", 2, ["Is it ", None, " or ", None]),
        ("<image><image> differ", 2, [None, None, " differ"]),
        ("The token <image 2> is no mark", 1, [None, "The token <image 2> is no mark"]),
    ],
)
def test_images_stand_at_the_marks_or_first(
    question: str, images: int, parts: list[str | None]
) -> None:
    assert interleave(question, images) == parts


@pytest.mark.parametrize(("question", "images"), [("<image> and <image>", 1), ("<image>", 0)])
def test_marks_and_images_must_be_as_many(question: str, images: int) -> None:
    with pytest.raises(ValueError, match=f"for {images} images"):
        interleave(question, images)
