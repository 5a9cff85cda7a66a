from __future__ import annotations

import pytest

from prism_engine.data.spelling.wrapping import fold, unwrap


@pytest.mark.parametrize(
    ("text", "inner"),
    [
        (" **B**. ", "B"),
        ("$\\boxed{\\text{B}}$", "B"),
        ("\\(x+1\\)", "x+1"),
        ("Answer: `5`", "5"),
        ("The answer is $7$.", "7"),
        ("answer island", "answer island"),
        ("“red”", "red"),
        ("１２．５％", "12.5%"),
        ("1½", "1 1/2"),
        ("x²⁰", "x^{20}"),
        ("−5", "-5"),
        ("a\u200bb\u202e", "ab"),
        ("В", "В"),
        ("\\boxed{1} and \\boxed{2}", "\\boxed{1} and \\boxed{2}"),
        ("$1$ or $2$", "$1$ or $2$"),
        ("**1** or **2**", "**1** or **2**"),
        ("\\boxed{1", "\\boxed{1"),
        ("0.333...", "0.333..."),
        ("a  \t b \n\n c", "a b\nc"),
    ],
)
def test_what_says_nothing_is_taken_off(text: str, inner: str) -> None:
    assert unwrap(text) == inner


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("Red-Circle!", "red circle"),
        ("-1.5", "-1.5"),
        ("3:20", "3:20"),
        ("a, b.", "a b"),
        ("don't", "don t"),
        ("STRASSE", "strasse"),
        ("是。", "是"),
        ("?", "?"),
        ("+", "+"),
    ],
)
def test_words_are_folded_and_numbers_are_not(text: str, folded: str) -> None:
    assert fold(text) == folded
