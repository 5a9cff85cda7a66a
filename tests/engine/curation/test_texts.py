from __future__ import annotations

import pytest

from prism_engine.curation.texts import alike, normalise, ratio, word_grams


@pytest.mark.parametrize(
    ("written", "plain"),
    [
        ("What  is\n\tTHIS?", "what is this?"),
        ("ﬁnd \\, $x$ ~ \\quad y", "find x y"),
        ("Ｈｏｗ　ｍａｎｙ ２", "how many 2"),
        ("\\left( x \\right)", "( x )"),
        ("x\\leftarrow y", "x\\leftarrow y"),
    ],
)
def test_what_makes_no_difference_is_folded(written: str, plain: str) -> None:
    assert normalise(written) == plain


def test_alike_but_for_a_few_letters_and_never_for_a_digit() -> None:
    question = "how many dark cells lie in the upper half of grid 12?"
    assert alike(question, question, 1.0)
    assert alike(question, question.replace("cells lie", "cells lies"), 0.8)
    assert not alike(question, question.replace("12", "13"), 0.8)
    assert not alike(question, "how many light rows are in the lower part of grid 12?", 0.8)


def test_runs_of_words_and_shares_of_characters() -> None:
    assert word_grams("a b c d", 3) == {("a", "b", "c"), ("b", "c", "d")}
    assert word_grams("a b", 3) == set()
    assert ratio("abcd", "abcd") == 1.0
    assert ratio("abcd", "abxd") == 0.75
