from __future__ import annotations

import json

from worker.redaction import Redaction


def knowing(**keys: str) -> Redaction:
    redaction = Redaction()
    redaction.learn(keys)
    return redaction


def test_a_secret_is_shown_by_its_name() -> None:
    redaction = knowing(teacher="sk-12345678", judge="sk-12345678-longer")
    assert redaction.text("Bearer sk-12345678 refused") == "Bearer [key teacher] refused"
    assert redaction.text("sk-12345678-longer") == "[key judge]"
    assert Redaction().text("sk-12345678") == "sk-12345678"


def test_an_event_loses_secrets_in_every_text_and_nothing_else() -> None:
    redaction = knowing(teacher='sk-"\\1234', other="12345678")
    event = {"seq": 12345678, "lines": ['a sk-"\\1234 b'], "more": {"message": "12345678"}}
    assert json.loads(redaction.event(json.dumps(event).encode())) == {
        "seq": 12345678, "lines": ["a [key teacher] b"], "more": {"message": "[key other]"},
    }  # fmt: skip


def test_an_event_without_secrets_keeps_its_bytes() -> None:
    line = b'{"seq":1,   "lines": ["plain"]}'
    assert knowing(teacher="sk-12345678").event(line) == line
