import pytest

from prism_engine.contract.structure import (
    caption_items,
    caption_precision,
    caption_recall,
    reasoning_steps,
)

BULLETS = {
    "one": ("- a1 red circle", ["a1 red circle"]),
    "spacing and case": ("-  A red   circle\n\n* a RED circle\n+", ["a red circle"]),
    "windows lines": ("- one\r\n- two\r\n", ["one", "two"]),
    "numbered": ("1. one\n2) two\n(3) three", ["one", "two", "three"]),
    "nested under a heading": (
        "- shapes:\n  - circle\n  - square\n- text:",
        ["circle", "square", "text:"],
    ),
    "decimals are no list": ("- 1.5 cm wide\n- 3. 5 cm", ["1.5 cm wide", "3. 5 cm"]),
    "prose before": ("The image shows:\n- a bar", ["a bar"]),
    "sentences": (
        "A red bar. It is 1.5 cm, e.g. small! Two more?",
        ["a red bar", "it is 1.5 cm, e.g. small", "two more"],
    ),
    "chinese": ("一个圆。两个方块。", ["一个圆", "两个方块"]),
    "repeated for ever": ("- same\n" * 200, ["same"]),
    "nothing": ("", []),
}  # fmt: skip


@pytest.mark.parametrize(("caption", "items"), BULLETS.values(), ids=BULLETS)
def test_caption_items(caption, items):
    assert caption_items(caption) == items


def test_a_blank_line_between_bullets_changes_nothing():
    assert caption_items("- a\n\n- b") == caption_items("- a\n- b") == ["a", "b"]


def test_recall_and_precision():
    assert caption_recall(["a", "b", "x"], ["a", "b", "c", "d"]) == 0.5
    assert caption_precision(["a", "b", "x"], ["a", "b", "c", "d"]) == pytest.approx(2 / 3)
    assert caption_recall(["a"], []) == 1.0
    assert caption_recall([], ["a"]) == 0.0
    assert caption_precision([], ["a"]) == 1.0


STEPS = {
    "lines": ("red a1 1 = 1\nblue = 0\ngreen = 0", 3),
    "one line": ("red a1 1 = 1", 1),
    "numbered": ("Step 1: look\n  1. in detail\nStep 2: count\nso 3", 2),
    "numbered with marks": ("**Step 1** look\nmore\n**Step 2** count", 2),
    "paragraphs": ("First look at it closely.\n\n= 3\n\nThen count them all.", 2),
    "sentences": ("Look at it. Then count. It is 1.5 cm.", 3),
    "displayed formula over lines": ("We add\n$$\n1\n+\n2\n$$\nand stop", 3),
    "code": ("Look here\n```\nfor\nin\n```\ndone now", 2),
    "nothing": ("", 0),
}


@pytest.mark.parametrize(("think", "steps"), STEPS.values(), ids=STEPS)
def test_reasoning_steps(think, steps):
    assert reasoning_steps(think) == steps


def test_renumbering_changes_nothing():
    assert reasoning_steps("1. a\n2. b\n3. c") == reasoning_steps("4. a\n5. b\n6. c") == 3
