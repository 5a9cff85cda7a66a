from __future__ import annotations

from server.metrics.overlay import Visible, overlay


def test_one_attempt_is_wholly_visible() -> None:
    assert overlay([(1, 1)]) == [Visible(1, None)]


def test_a_resumed_attempt_replaces_from_its_first_step() -> None:
    assert overlay([(1, 1), (2, 41)]) == [Visible(1, 41), Visible(2, None)]


def test_an_attempt_that_begins_earlier_than_its_predecessor_hides_it() -> None:
    assert overlay([(3, 21), (1, 1), (2, 41)]) == [
        Visible(1, 21), Visible(2, 21), Visible(3, None),
    ]  # fmt: skip
