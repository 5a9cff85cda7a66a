"""The recipes that come with the engine: all can be read, and the quick one runs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from prism_engine.__main__ import RECIPES
from prism_engine.contract.config import read_pipeline
from prism_engine.contract.events import BenchmarkScored, StepFinished, read_events
from prism_engine.contract.metrics import METRICS
from prism_engine.data.miniature.write import write_world
from prism_engine.interruption import Interruption
from prism_engine.run import run_pipeline

TIMINGS = {name for name, metric in METRICS.items() if metric.timing}


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("world")
    write_world(folder, seed=0, size="small")
    return folder


def located(name: str, world: Path) -> dict[str, Any]:
    """A recipe with the registered names replaced by folders, and the base by a scratch model."""
    recipe = yaml.safe_load((RECIPES / f"{name}.yaml").read_text("utf-8"))
    for run in recipe["runs"].values():
        run["data"] = str(world / run["data"].removeprefix("miniature-"))
        if "model" in run["policy"]:
            run["policy"] = {"model": str(world / "scratch-model")}
    return recipe


@pytest.mark.parametrize("path", sorted(RECIPES.glob("*.yaml")), ids=lambda path: path.stem)
def test_every_recipe_can_be_read_and_is_named_like_its_file(path):
    assert read_pipeline(path.read_text("utf-8")).name == path.stem


def test_only_evaluations_read_the_test_split():
    for path in RECIPES.glob("miniature*.yaml"):
        runs = read_pipeline(path.read_text("utf-8")).runs.values()
        assert all(run.kind == "evaluate" for run in runs if run.data == "miniature-test")


def test_every_arm_of_the_demonstration_is_evaluated_and_drawn_alike():
    runs = read_pipeline((RECIPES / "miniature.yaml").read_text("utf-8")).runs
    evaluated = {run.policy.run: run for run in runs.values() if run.kind == "evaluate"}
    assert set(evaluated) == {"sft", "grpo", "grpo-longer", "align", "prism-grpo"}
    assert len({run.arm for run in evaluated.values()}) == 5
    assert {run.data for run in evaluated.values()} == {"miniature-test"}
    drawn = [run.sampling for run in runs.values() if run.kind in ("rlvr", "evaluate")]
    assert all(sampling == drawn[0] for sampling in drawn)
    assert runs["grpo"].model_dump(exclude={"policy"}) == runs["prism-grpo"].model_dump(
        exclude={"policy"}
    )


def test_the_quick_recipe_runs_every_stage_and_always_alike(world, tmp_path):
    pipeline = read_pipeline(located("miniature-quick", world))
    assert {run.kind for run in pipeline.runs.values()} == {
        "sft", "warmup", "align", "rlvr", "evaluate",
    }  # fmt: skip
    for folder in ("first", "second"):
        assert (
            run_pipeline(pipeline, pipeline.in_order(), tmp_path / folder, None, 1, Interruption())
            == 0
        )
    for name, run in pipeline.runs.items():
        first, second = (_steps(tmp_path / folder / name) for folder in ("first", "second"))
        assert [step for step, _ in first] == list(range(1, 1 + getattr(run, "steps", 1)))
        assert first == second
    (scored,) = (
        event
        for event in read_events(tmp_path / "first" / "evaluate" / "events.jsonl")
        if isinstance(event, BenchmarkScored)
    )
    assert (scored.benchmark, scored.arm) == ("miniature-validation", "grpo")
    assert scored.scores["accuracy_greedy"].n == 16
    assert scored.supervision["caption_recall"] == 1.0


def _steps(folder: Path) -> list[tuple[int, dict[str, float]]]:
    return [
        (event.step, {k: v for k, v in event.metrics.items() if k not in TIMINGS})
        for event in read_events(folder / "events.jsonl")
        if isinstance(event, StepFinished)
    ]
