from __future__ import annotations

from pathlib import Path

from prism_engine.contract.events import Finished, read_events
from tests.engine.stages.toy import Played


def test_the_run_ends_before_its_last_step_when_the_gate_opens(played: Played):
    metrics = played.metrics("warmup")
    last = max(metrics)
    assert 4 <= last < 30
    accuracies = [
        metrics[last][f"discriminator_accuracy_{expert}"] for expert in ("perception", "reasoning")
    ]
    assert min(accuracies) > 0.8
    finished = [
        event
        for event in read_events(played.out / "warmup" / "events.jsonl")
        if isinstance(event, Finished)
    ]
    assert [event.step for event in finished] == [last]
    assert not finished[0].stopped


def test_the_policy_does_not_change(played: Played):
    assert not (played.out / "warmup" / "export" / "policy").exists()
    assert "gradient_norm" not in played.metrics("warmup")[1]


def test_a_run_lost_after_its_gate_had_opened_goes_no_further(played: Played, tmp_path: Path):
    assert max(played.metrics("warmup")) == 4, "the toy's gate opens at a checkpoint"
    resumed = played.resumed("warmup", 4, tmp_path / "out")
    assert resumed.metrics("warmup") == {}
    assert resumed.weights("warmup", "discriminator") == played.weights("warmup", "discriminator")
