from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.search.grammar import And, Condition, Not, Or, SearchError, Text, parse


def condition(field: str, operator: str, *values: str, at: tuple[int, int]) -> Condition:
    return Condition(field, operator, values, *at)


def test_the_example() -> None:
    text = (
        "state = failed and rlvr.algorithm in (dapo, gspo) and metrics.accuracy > 0.4 and tag:paper"
    )
    assert parse(text) == And(
        (
            condition("state", "=", "failed", at=(0, 8)),
            condition("rlvr.algorithm", "in", "dapo", "gspo", at=(19, 38)),
            condition("metrics.accuracy", ">", "0.4", at=(54, 73)),
            condition("tag", "=", "paper", at=(81, 85)),
        )
    )


def test_and_binds_more_tightly_than_or_and_may_be_left_out() -> None:
    a, b, c = Text("a"), Text("b"), Text("c")
    assert parse("a b or c") == parse("a and b OR c") == Or((And((a, b)), c))
    assert parse("a (b or not c)") == And((a, Or((b, Not(c)))))
    assert parse("not (a)") == Not(a)


def test_quoted_texts_are_never_keywords_or_fields() -> None:
    assert parse('"or"') == Text("or")
    assert parse(r'name = "a \"b\" (c)"') == condition("name", "=", 'a "b" (c)', at=(0, 7))
    assert parse('"state" failed') == And((Text("state"), Text("failed")))


def test_not_in() -> None:
    assert parse("kind not in (sft)") == Not(condition("kind", "in", "sft", at=(0, 13)))


@pytest.mark.parametrize(
    ("text", "position", "message"),
    [
        ("state =", 7, "a value is missing before the end"),
        ("state = failed and", 18, "a condition is missing before the end"),
        ("(a or b", 7, ") is missing before the end"),
        ("a)", 1, ") is not expected here"),
        ("kind in sft", 8, "( is missing before sft"),
        ('name = "open', 7, "cannot read a quotation mark that is not closed"),
        ("a or or b", 5, "a condition is missing before or"),
        ("state ! failed", 6, "cannot read !"),
        ("(" * 40, 31, "nested deeper than 30"),
        ("a " * 41, 80, "more than 40 conditions"),
        ("x" * 2001, 2000, "longer than 2000 characters"),
    ],
)
def test_errors_say_what_and_where(text: str, position: int, message: str) -> None:
    with pytest.raises(SearchError) as found:
        parse(text)
    assert (found.value.position, str(found.value)) == (position, message)


@given(st.text(alphabet='ab.=<>!:~(),"\\ \n\0é', max_size=40) | st.text(max_size=40))
def test_whatever_is_typed_is_read_or_refused(text: str) -> None:
    with contextlib.suppress(SearchError):
        parse(text)
