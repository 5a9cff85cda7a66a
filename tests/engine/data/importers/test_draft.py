from __future__ import annotations

from typing import Any

import pytest

from prism_engine.data.importers.draft import Draft, Said
from prism_engine.data.importers.pictures import InFolder
from prism_engine.data.importers.refusal import RefusedRow
from prism_engine.data.records import Record

FORM = "<caption>- a</caption><think>b</think><answer>c</answer>"


def drafted(*said: tuple[str, str], pictures: int = 0, **changes: Any) -> Record:
    turns = [Said.text(role, text) for role, text in said]
    names = [f"{number}.png" for number in range(pictures)]
    draft = Draft(turns, [InFolder(name) for name in names], **changes)
    draft.check_placeholders()
    return draft.record("r", names)


def reason_of(*said: tuple[str, str], **changes: Any) -> str:
    with pytest.raises(RefusedRow) as refused:
        drafted(*said, **changes)
    return refused.value.reason


@pytest.mark.parametrize(
    ("text", "pictures", "question"),
    [
        ("<image>\nWhat?", 1, "What?"),
        ("<image><image> Which?", 2, "Which?"),
        ("What?\n<image>", 1, "What?\n<image>"),
        ("<image>Is it in <image> too?", 2, "<image>Is it in <image> too?"),
        ("  plain  ", 0, "plain"),
    ],
)
def test_leading_placeholders_go_and_others_stay(text: str, pictures: int, question: str) -> None:
    assert drafted(("user", text), pictures=pictures).question == question


def test_images_of_later_questions_are_named() -> None:
    said = [("user", "<image>a"), ("assistant", "b"), ("user", "<image>\nc"), ("assistant", "d")]
    record = drafted(*said, pictures=2)
    assert record.messages is not None
    assert [turn.content for turn in record.messages] == ["[image 1]a", "b", "[image 2]\nc", "d"]
    assert (record.question, record.images) == ("", ["0.png", "1.png"])


def test_placeholders_are_as_many_as_images() -> None:
    assert reason_of(("user", "<image>a"), pictures=2) == "placeholders"
    assert reason_of(("user", "<image><image>a"), pictures=1) == "placeholders"
    assert reason_of(("user", "a"), pictures=1) == "placeholders"
    assert reason_of(("user", "a"), ("assistant", "<image>"), pictures=1) == "placeholders"
    assert drafted(("user", "a"), pictures=1, unmarked=True).images == ["0.png"]


def test_a_response_with_the_form_is_a_demonstration_and_any_other_a_conversation() -> None:
    shown = drafted(("system", "Be good."), ("user", "q"), ("assistant", FORM))
    assert (shown.question, shown.response, shown.messages) == ("q", FORM, None)
    assert shown.metadata == {"system": "Be good."}
    spoken = drafted(("user", "q"), ("assistant", "just so"))
    assert spoken.messages is not None
    assert (spoken.question, spoken.response) == ("q", None)
    assert [turn.content for turn in spoken.messages] == ["q", "just so"]
    assert reason_of(("user", "q"), ("assistant", "just so"), demonstrates=True) == "demonstration"


def test_turns_go_from_user_to_assistant() -> None:
    for said in (
        [("assistant", "a")],
        [("user", "a"), ("user", "b")],
        [("user", "a"), ("assistant", "b"), ("user", "c")],
        [("user", "")],
        [("system", "a")],
        [],
    ):
        assert reason_of(*said) == "wrong_shape", said


def test_golds_get_their_type_or_refuse_the_row() -> None:
    record = drafted(("user", "q"), gold="12")
    assert record.answer is not None
    assert record.answer.model_dump() == {"type": "integer", "value": 12}
    typed = drafted(("user", "q"), gold={"type": "text", "value": "twelve"})
    assert typed.answer is not None
    assert typed.answer.value == "twelve"
    for gold in (
        "",
        " ",
        {"type": "decimal", "value": "x"},
        [1],
        {"type": "expression", "value": "a or b"},
    ):
        assert reason_of(("user", "q"), gold=gold) == "gold", gold
    assert reason_of(("user", "q"), gold="D", choices=["x", "y"]) == "gold"
