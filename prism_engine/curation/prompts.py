"""What models are told. A change of a text needs another version, under which replies are kept."""

from __future__ import annotations

import re

SHORT_ANSWER = "short_answer_v1"

SHORT_ANSWER_TEXT = """\
{question}

Reason briefly, then end with one line that holds nothing but the answer, in this form:
Answer: <answer>"""

TEACHER = "teacher_v1"

TEACHER_TEXT = """\
You write exemplary solutions to questions about images. Write three blocks and nothing else:

<caption>
- one fact that is visible in the image and matters to the question
- another one; one line for each, with the labels and numbers that can be read
</caption>
<think>
The reasoning from these facts to the answer, step by step, one step a line.
</think>
<answer>The answer alone, as short as it can be written</answer>

Describe only what can be seen. Do not state the answer in the caption. If the question has
choices, the answer is the letter of one."""

REPAIR = "repair_v1"

REPAIR_TEXT = """\
The text below should consist of three blocks and nothing else:
<caption>…</caption><think>…</think><answer>…</answer>
Put its tags right. Do not add, change or leave out a word of what is written. If something that a
block needs is not there, reply with the word IMPOSSIBLE.

{text}"""

_ANSWER = re.compile(
    r"^[\s*#>]{0,8}answer\s*\**\s*:\s*\**\s*(?P<answer>.+?)\s*\**\s*$", re.I | re.M
)


def short_answer(reply: str) -> str | None:
    """The answer of a reply to `SHORT_ANSWER_TEXT`: its last line of that form."""
    found = _ANSWER.findall(reply)
    return found[-1] if found else None
