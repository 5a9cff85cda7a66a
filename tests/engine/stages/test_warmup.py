from __future__ import annotations

import json
from pathlib import Path

import pytest

from prism_engine.contract.config import read_pipeline
from prism_engine.contract.events import Audited, Failed, Finished, StepFinished, read_events
from prism_engine.interruption import Interruption
from prism_engine.run import run_pipeline
from tests.engine.stages.toy import CURATED, PUBLIC, Played, write_toy_data


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


def test_the_gate_read_an_audit_of_the_same_step(played: Played):
    events = list(read_events(played.out / "warmup" / "events.jsonl"))
    audits = [event for event in events if isinstance(event, Audited)]
    assert audits[-1].step == max(played.metrics("warmup"))
    assert audits[-1].pairs <= 4 * 8
    assert all(expert.accuracy.value > 0.8 for expert in audits[-1].experts.values())


def warmed_up_on_recorded(folder: Path, model: Path, **settings: object) -> tuple[int, list]:
    """The exit code and the events of a warm-up whose rows hold two rollouts each."""
    data = write_toy_data(folder / "data", [CURATED], pictures=6)
    rows = [json.loads(line) for line in (data / "data.jsonl").read_text().splitlines()]
    recorded = [row | {"rollouts": [PUBLIC[0], PUBLIC[3]]} for row in rows]
    (data / "data.jsonl").write_text("".join(json.dumps(row) + "\n" for row in recorded))
    run = {
        "kind": "warmup", "policy": {"model": str(model)}, "data": str(data), "steps": 2,
        "rollouts": "recorded", "prompts_per_step": 4, "rollouts_per_prompt": 2,
        "sampling": {"max_new_tokens": 80}, "audit": {"every": 1, "prompts": 2}, **settings,
    }  # fmt: skip
    pipeline = read_pipeline({"name": "recorded", "runs": {"warmup": run}})
    code = run_pipeline(pipeline, ["warmup"], folder / "out", None, 1, Interruption())
    return code, list(read_events(folder / "out" / "warmup" / "events.jsonl"))


def test_a_warm_up_on_recorded_rollouts_draws_nothing(tiny_folder: Path, tmp_path: Path):
    code, events = warmed_up_on_recorded(tmp_path, tiny_folder)
    assert code == 0
    steps = [event.metrics for event in events if isinstance(event, StepFinished)]
    # Every rollout is right and well-formed, as no fresh model's are.
    assert [(step["valid_share"], step["accuracy"]) for step in steps] == [(1, 1), (1, 1)]
    assert [event.pairs for event in events if isinstance(event, Audited)] == [4, 4]


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"rollouts_per_prompt": 3}, "0-0.rollouts: the row holds 2 recorded rollouts"),
        ({"audit": {"every": 1, "prompts": 3}}, "audit.prompts: the data set has 6 rows"),
    ],
    ids=["too few rollouts", "too few rows"],
)
def test_data_that_does_not_suffice_is_refused_before_the_first_step(
    tiny_folder: Path, tmp_path: Path, settings: dict[str, object], said: str
):
    code, events = warmed_up_on_recorded(tmp_path, tiny_folder, **settings)
    assert code == 2
    _, failed = events
    assert isinstance(failed, Failed)
    assert said in failed.message
