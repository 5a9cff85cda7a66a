from __future__ import annotations

import pytest

from prism_engine.data.response import parse_response

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


@pytest.mark.parametrize(
    "text",
    [
        "",
        "1",
        WELL_FORMED + " so it is 1",
        "Well: " + WELL_FORMED,
        WELL_FORMED.replace("</answer>", ""),
        WELL_FORMED.replace("<think>", ""),
        WELL_FORMED + "<answer>2</answer>",
        WELL_FORMED.replace("red: 1", "<think>red: 1</think>"),
        WELL_FORMED.replace("red: 1", "<answer>2</answer>"),
        WELL_FORMED.replace("red: 1", "red </caption>"),
        WELL_FORMED.replace("<caption>", "<Caption>"),
        "<think>a</think><caption>b</caption><answer>c</answer>",
        "<caption>a</caption> then <think>b</think><answer>c</answer>",
        "<caption> \n</caption><think>b</think><answer>c</answer>",
        "<caption>a</caption><think></think><answer>c</answer>",
        "<caption>a</caption><think>b</think><answer> </answer>",
    ],
)  # fmt: skip
def test_any_other_form_is_malformed(text: str) -> None:
    assert parse_response(text) is None
