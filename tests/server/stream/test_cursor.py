from __future__ import annotations

import pytest

from server.errors import Invalid
from server.stream.cursor import decode, encode


def test_a_cursor_comes_back_as_it_was() -> None:
    assert decode([encode({"run_a": 3, "run_b": 0})]) == {"run_a": 3, "run_b": 0}


def test_of_two_cursors_the_one_that_has_seen_less_counts() -> None:
    assert decode([encode({"a": 3, "b": 1}), encode({"a": 2, "c": 9})]) == {"a": 2, "b": 1, "c": 9}


@pytest.mark.parametrize("cursor", ["%", "bm90IGpzb24", "WzFd", "eyJhIjoieCJ9"])
def test_what_is_no_cursor_is_refused(cursor: str) -> None:
    with pytest.raises(Invalid, match="cannot be read"):
        decode([cursor])
