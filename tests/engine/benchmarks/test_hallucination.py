from __future__ import annotations

import pytest

from prism_engine.benchmarks.hallucination import Reading, blame, failures


def reading(category: str, visual: int, said: str | None, gold: str) -> Reading:
    original = visual == 0 or (category == "VD" and visual == 1)
    right = said == gold or (said == "uncertain" and visual == 0)
    return Reading(category, str(visual), original, "pair", "set", gold, said, right)


@pytest.mark.parametrize(
    ("category", "original", "later", "who"),
    [
        # (visual input, said, gold) of the original and of the question that is looked at
        ("VD", (1, "no", "yes"), (1, "no", "yes"), "vision"),
        ("VD", (1, "yes", "yes"), (2, "yes", "no"), "both"),
        ("VD", (1, "yes", "yes"), (2, "no", "yes"), "vision"),
        ("VD", (1, "yes", "yes"), (2, "uncertain", "no"), "vision"),
        ("VD", (1, "no", "yes"), (2, "no", "yes"), "vision"),
        ("VD", (1, "yes", "yes"), (2, "no", "no"), None),
        ("VS", (0, "no", "yes"), (0, "no", "yes"), "language"),
        ("VS", (0, "uncertain", "yes"), (0, "uncertain", "yes"), None),
        ("VS", (0, "no", "yes"), (1, "no", "yes"), "language"),
        ("VS", (0, "no", "yes"), (2, "yes", "no"), "both"),
        ("VS", (0, "no", "yes"), (2, "uncertain", "no"), "both"),
        ("VS", (0, "uncertain", "yes"), (1, "no", "yes"), "vision"),
        ("VS", (0, "uncertain", "yes"), (2, None, "no"), "vision"),
        ("VS", (0, "yes", "yes"), (1, "no", "yes"), "vision"),
        ("VS", (0, "yes", "yes"), (2, "yes", "no"), "language"),
        ("VS", (0, "yes", "yes"), (2, "no", "yes"), "vision"),
        ("VS", (0, "yes", "yes"), (2, "uncertain", "no"), "vision"),
    ],
)
def test_who_is_to_blame(category: str, original: tuple, later: tuple, who: str | None) -> None:
    assert blame(reading(category, *later), reading(category, *original)) == who


def test_a_pair_without_its_original_leaves_all_open() -> None:
    later = reading("VS", 2, "yes", "no")
    assert failures([later]) == []
    assert failures([reading("VS", 0, "yes", "yes"), later]) == [("language", "set")]
