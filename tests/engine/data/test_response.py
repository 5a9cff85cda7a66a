from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from prism_engine.data.response import (
    TAGS,
    Malformed,
    Sections,
    parse_response,
    read_response,
)

WELL_FORMED = """<caption>
- a red circle
- a blue square
</caption>
<think>
red: 1
</think>
<answer>1</answer>"""


def test_a_response_is_taken_apart() -> None:
    sections = parse_response(f"\n {WELL_FORMED}\n")

    assert sections is not None
    assert sections.caption == "- a red circle\n- a blue square"
    assert sections.think == "red: 1"
    assert sections.answer == "1"
    assert sections.perception == "<caption>\n- a red circle\n- a blue square\n</caption>"
    assert sections.reasoning == "<think>\nred: 1\n</think>\n<answer>1</answer>"


def test_tags_that_are_not_ours_are_text() -> None:
    sections = parse_response("<caption>x < y</caption><think><b>t</b></think><answer>2</answer>")

    assert sections is not None
    assert (sections.caption, sections.think) == ("x < y", "<b>t</b>")


def test_spans_are_the_characters_of_every_section() -> None:
    text = "  <caption> a </caption>\n<think>b\n</think> <answer>é</answer>\n"

    sections = parse_response(text)

    assert sections is not None
    caption, think, answer = sections.blocks
    assert (caption.inside, caption.whole) == ((11, 14), (2, 24))
    assert (think.inside, think.whole) == ((32, 34), (25, 42))
    assert (answer.inside, answer.whole) == ((51, 52), (43, 61))
    assert sections.span("perception").of(text) == sections.perception == "<caption> a </caption>"
    assert sections.span("reasoning") == (25, 61)
    assert sections.span("reasoning").of(text) == sections.reasoning


C, T, A = "<caption>c</caption>", "<think>t</think>", "<answer>a</answer>"


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("", "missing caption"),
        ("1", "missing caption"),
        (T + A, "missing caption"),
        (C + A, "missing think"),
        (C + "t" + A, "missing think"),
        (C + T, "missing answer"),
        (C + T + "1", "missing answer"),
        ("c</caption>" + T + A, "unopened caption"),
        (C + "t</think>" + A, "unopened think"),
        (C + T + A + "</answer>", "unopened answer"),
        (C + T + "<answer>a</caption></answer>", "unopened caption"),
        ("<caption>c" + T + A, "unclosed caption"),
        (C + "<think>t" + A, "unclosed think"),
        (C + T + "<answer>a", "unclosed answer"),
        (C + "<think>t" + A + "</think>" + A, "nested answer"),
        ("<caption>c" + A + "</caption>" + T + A, "nested answer"),
        (C + "<think><think>t</think></think>" + A, "nested think"),
        (C + C + T + A, "repeated caption"),
        (C + T + A + "<answer>b</answer>", "repeated answer"),
        (C + T + A + C + T + A, "repeated caption"),
        (T + C + A, "misplaced think"),
        (A + C + T, "misplaced answer"),
        (C + A + T, "misplaced answer"),
        ("Well: " + C + T + A, "text outside the blocks"),
        (C + "so" + T + A, "text outside the blocks"),
        (C + T + A + " so it is a", "text outside the blocks"),
        ("```xml\n" + C + T + A + "\n```", "text outside the blocks"),
        ("<caption></caption>" + T + A, "empty caption"),
        (C + "<think> \n</think>" + A, "empty think"),
        (C + T + "<answer>\u200b\ufeff\u202e</answer>", "empty answer"),
        (C + T + "<answer>\x00</answer>", "empty answer"),
        ("<caption></caption><think></think>" + A, "empty caption"),
        (C + T + "<Answer>a</Answer>", "missing answer"),
        (C + T + "<answer >a</answer >", "missing answer"),
        ("<caption></caption>" + T + A + "so", "text outside the blocks"),
    ],
)
def test_a_malformed_response_says_what_is_wrong(text: str, fault: str) -> None:
    assert str(read_response(text)) == fault
    assert parse_response(text) is None


def test_a_fault_is_shown_where_it_is() -> None:
    assert read_response(C + " so " + T + A) == Malformed("outside", None, len(C) + 1)
    assert read_response(C + T + A + A) == Malformed("repeated", "answer", len(C + T + A))
    assert read_response(C + "<think></think>" + A) == Malformed(
        "empty", "think", len(C + "<think>")
    )


def well_formed(text: str) -> bool:
    """The form in plain words: every tag once, in order, and nothing but space between blocks."""
    tags = [tag for name in TAGS for tag in (f"<{name}>", f"</{name}>")]
    if any(text.count(tag) != 1 for tag in tags):
        return False
    parts = []
    for tag in tags:
        before, _, text = text.partition(tag)
        parts.append(before)
    parts.append(text)
    return len(parts) == 7 and all(
        (part.strip() != "") == inside
        for part, inside in zip(parts, [False, True] * 3 + [False], strict=True)
    )


PIECES = some.sampled_from(
    [f"<{slash}{name}>" for name in TAGS for slash in ("", "/")]
    + ["x", " ", "\n", "<b>", "< think>", "<caption", "/answer>", "\x1c", "<", ">", "é"]
)
SKELETON = [f"<{slash}{name}>" for name in TAGS for slash in ("", "/")]


@some.composite
def almost_well_formed(draw: some.DrawFn) -> str:
    """The six tags with text between them, and now and then a piece too many or too few."""
    pieces: list[str] = []
    for number, tag in enumerate(SKELETON):
        pieces += [
            draw(
                some.sampled_from(["", " ", "\n", "x", "<b> y"])
                if number % 2
                else some.sampled_from(["", "", "", " ", "\n", "x"])
            ),
            tag,
        ]
    for _ in range(draw(some.integers(0, 2))):
        place = draw(some.integers(0, len(pieces)))
        pieces[place : place + draw(some.integers(0, 1))] = [draw(PIECES)]
    return "".join(pieces)


@settings(max_examples=500, deadline=None)
@given(some.one_of(almost_well_formed(), some.lists(PIECES, max_size=14).map("".join)))
def test_the_parser_accepts_what_the_plain_specification_does(text: str) -> None:
    read = read_response(text)

    assert isinstance(read, Sections) == well_formed(text)
    if isinstance(read, Sections):
        assert [block.inside.of(text).strip() for block in read.blocks] == [
            read.caption, read.think, read.answer,
        ]  # fmt: skip


@pytest.mark.parametrize(
    "text",
    [
        (C + T + A) * 20_000 + "x",
        "<think>" * 150_000,
        "<caption>" + "</caption>" * 100_000,
        "<caption>" + " " * 1_000_000,
        "<caption>" + "<" * 1_000_000 + "</caption>" + T + A,
        C + " " * 1_000_000 + T + A,
        C + T + "<answer>" + "\u200b" * 300_000 + "</answer>",
    ],
    ids=["repeated", "nested", "unopened", "unclosed", "brackets", "apart", "invisible"],
)
def test_a_megabyte_of_anything_is_read_at_once(text: str) -> None:
    began = time.perf_counter()

    read_response(text)

    assert time.perf_counter() - began < 1
