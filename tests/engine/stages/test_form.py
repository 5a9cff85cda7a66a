from __future__ import annotations

from pathlib import Path

from prism_engine.contract.events import EventLog
from prism_engine.stages.form import FormWatch
from tests.engine.stages.parrot import events_in


def said(folder: Path) -> list[tuple[str, str]]:
    return [(event.level, event.message.split(";")[0]) for event in events_in(folder)]


def test_losing_the_form_and_finding_it_again_are_each_said_once(tmp_path: Path):
    with EventLog(tmp_path / "events.jsonl") as events:
        watch = FormWatch(events, "format_penalty")
        for step, share in enumerate([1.0, 0.5, 0.49, 0.2, 0.5, 0.8, 0.1], start=1):
            watch.see(step, share)
    form = "of the rollouts have the caption, think, answer form"
    assert said(tmp_path) == [
        ("warning", f"step 3: only 49% {form}"),
        ("info", "step 5: 50% of the rollouts have the form again"),
        ("warning", f"step 7: only 10% {form}"),
    ]


def test_a_resumed_run_does_not_say_it_twice(tmp_path: Path):
    with EventLog(tmp_path / "events.jsonl") as events:
        first, second = (FormWatch(events, "rewards.format") for _ in range(2))
        first.see(1, 0.1)
        second.load_state(first.state())
        second.see(2, 0.1)
        second.see(3, 0.9)
    assert [level for level, _ in said(tmp_path)] == ["warning", "info"]
    assert events_in(tmp_path)[0].message.endswith("or raise kl_coefficient or rewards.format")
