"""Whole runs whose responses vLLM draws."""

from __future__ import annotations

from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from prism_engine.contract.config import Pipeline, read_pipeline
from prism_engine.contract.events import (
    BenchmarkScored,
    Failed,
    Log,
    StepFinished,
    read_events,
)
from prism_engine.interruption import Interruption
from prism_engine.run import run_pipeline
from tests.engine.policy.sampler.server import VllmHttpServer
from tests.engine.stages.toy import PUBLIC, write_toy_data


def recipe(model: Path, data: Path, sampler: dict[str, Any], **settings: Any) -> Pipeline:
    run = {
        "kind": "rlvr", "policy": {"model": str(model)}, "data": str(data), "steps": 3,
        "prompts_per_step": 2, "rollouts_per_prompt": 2, "optimizer": {"learning_rate": 1e-2},
        "sampling": {"max_new_tokens": 5, "sampler": sampler}, "rewards": {"answer": 1.0},
        # Something is learned though nothing is ever right.
        "kl_coefficient": 0.1, "checkpoint_every": 2,
        **settings,
    }  # fmt: skip
    return read_pipeline({"name": "toy", "runs": {"rlvr": run}})


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return write_toy_data(tmp_path / "data", PUBLIC[:1]) / "data.jsonl"


def events_of(pipeline: Pipeline, out: Path, code: int = 0) -> list[Any]:
    name = next(iter(pipeline.runs))
    assert run_pipeline(pipeline, [name], out, None, 1, Interruption()) == code
    return list(read_events(out / name / "events.jsonl"))


def gaps(events: list[Any]) -> list[float]:
    steps = [event for event in events if isinstance(event, StepFinished)]
    return [step.metrics["sampler_gap"] for step in steps]


def warnings(events: list[Any]) -> list[str]:
    """What is said of the sampler; nothing that is drawn here has the form, which is said too."""
    logs = [event.message for event in events if isinstance(event, Log)]
    return [message for message in logs if "sampler" in message]


@pytest.mark.parametrize("dtype", ["float32", "bfloat16"])
def test_weights_that_rest_are_handed_over_all_the_same(
    vllm: ModuleType, tiny_folder: Path, data: Path, tmp_path: Path, dtype: str
) -> None:
    sampler = {"kind": "vllm", "context": 512}
    resting = {"distribution": {"kind": "offloaded"}, "dtype": dtype}
    events = events_of(recipe(tiny_folder, data, sampler, **resting), tmp_path / "out")
    # Of a model this small with weights this large eight bits are not much.
    assert max(gaps(events)) < (1e-5 if dtype == "float32" else 0.3)


def test_one_engine_follows_a_policy_that_learns(
    vllm: ModuleType, tiny_folder: Path, data: Path, tmp_path: Path
) -> None:
    started = vllm.LLM.started
    chosen = {"low": 0.0, "high": 1.0, "samples": 2}
    pipeline = recipe(tiny_folder, data, {"kind": "vllm", "context": 512})
    events = events_of(pipeline, tmp_path / "out")
    assert vllm.LLM.started == started + 1
    assert len(gaps(events)) == 3
    assert max(gaps(events)) < 1e-5
    assert not warnings(events)
    # Prompts are chosen by the same engine that rollouts come from.
    banded = recipe(tiny_folder, data, {"kind": "vllm", "context": 512}, pass_rate=chosen)
    events_of(banded, tmp_path / "banded", code=2)
    assert vllm.LLM.started == started + 2


def test_a_server_follows_a_policy_that_learns(
    server: VllmHttpServer, tiny_folder: Path, data: Path, tmp_path: Path
) -> None:
    sampler = {"kind": "vllm_server", "url": server.url, "model": "policy"}
    events = events_of(recipe(tiny_folder, data, sampler), tmp_path / "out")
    assert max(gaps(events)) < 1e-5
    assert (tmp_path / "out" / "rlvr" / "weights" / "model.safetensors").is_file()


def test_the_log_warns_of_a_gap_above_the_alarm(
    vllm: ModuleType, tiny_folder: Path, data: Path, tmp_path: Path
) -> None:
    pipeline = recipe(tiny_folder, data, {"kind": "vllm", "context": 512}, gap_alarm=1e-12, steps=1)
    [warning] = warnings(events_of(pipeline, tmp_path / "out"))
    assert warning.startswith("step 1: the sampler's log-probabilities are ")


def test_an_evaluation_draws_with_it_too(
    vllm: ModuleType, tiny_folder: Path, data: Path, tmp_path: Path
) -> None:
    run = {
        "kind": "evaluate", "policy": {"model": str(tiny_folder)}, "data": str(data),
        "samples_per_item": 2,
        "sampling": {"max_new_tokens": 4, "sampler": {"kind": "vllm", "context": 512}},
    }  # fmt: skip
    events = events_of(read_pipeline({"name": "toy", "runs": {"score": run}}), tmp_path / "out")
    [scored] = [event for event in events if isinstance(event, BenchmarkScored)]
    assert scored.scores["accuracy_greedy"].n == 4


def test_a_run_without_vllm_ends_as_a_mistake_of_its_settings(
    tiny_folder: Path, data: Path, tmp_path: Path
) -> None:
    pipeline = recipe(tiny_folder, data, {"kind": "vllm"})
    [failed] = [e for e in events_of(pipeline, tmp_path / "out", code=2) if isinstance(e, Failed)]
    assert failed.kind == "config"
    assert "sampling.sampler.kind: vllm needs the package vllm" in failed.message
