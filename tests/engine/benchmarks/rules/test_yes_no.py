from __future__ import annotations

import pytest

from prism_engine.benchmarks.rules.yes_no import yes_or_no


@pytest.mark.parametrize(
    ("said", "answers"),
    [
        (
            "yes",
            ["Yes", "yes.", "**Yes**", "Yes, they are.", "Yes it is", "The answer is yes.",
             "Answer: Yes", "true", "Correct", "是", "\\boxed{Yes}", '"Yes"', "(yes)"],
        ),
        (
            "no",
            ["No", "no.", "No, it is not", "No it is not", "No. The circles differ.", "Answer: No",
             "The answer is no", "False", "wrong", "否", "No - they differ", "No\nThey differ."],
        ),
        (
            "uncertain",
            ["I cannot tell.", "It is impossible to determine.", "Not sure", "uncertain",
             "I don't know", "It can't be determined from the image.", "Unable to answer"],
        ),
        (
            None,
            ["", "maybe", "Yes and no", "yes no", "No or yes", "There is no difference",
             "No circle is larger", "The circles are the same", "Norway", "Yesterday",
             "The answer is yes. The answer is no."],
        ),
    ],
)  # fmt: skip
def test_only_what_is_said_is_read(said: str | None, answers: list[str]) -> None:
    assert [answer for answer in answers if yes_or_no(answer) != said] == []
