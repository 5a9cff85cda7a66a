"""The recipes that come with the engine: all can be read, and the quick one runs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from safetensors.torch import load_file

from prism_engine.__main__ import main
from prism_engine.contract.config import read_pipeline
from prism_engine.contract.estimate import Lengths, estimate_pipeline
from prism_engine.contract.events import BenchmarkScored, StepFinished, read_events
from prism_engine.contract.metrics import METRICS
from prism_engine.contract.recipes import FOLDER, read_title, recipe_files
from prism_engine.contract.shape import known_shapes
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
    recipe = yaml.safe_load((FOLDER / f"{name}.yaml").read_text("utf-8"))
    for run in recipe["runs"].values():
        run["data"] = str(world / run["data"].removeprefix("miniature-"))
        if "model" in run["policy"]:
            run["policy"] = {"model": str(world / "scratch-model")}
    return recipe


@pytest.mark.parametrize("path", recipe_files(), ids=lambda path: path.stem)
def test_every_recipe_can_be_read_is_named_like_its_file_and_has_a_title(path):
    assert read_pipeline(path.read_text("utf-8")).name == path.stem
    first = path.read_text("utf-8").splitlines()[0]
    assert first == f"# {read_title(path).title}."


PAPERS_ROWS = {
    "paper-4b", "paper-8b", "dense", "text-only", "without-sft", "without-alignment", "sft-107k",
    "grpo", "dapo", "gspo",
}  # fmt: skip


def test_every_row_of_the_paper_has_its_recipe_and_fits_the_models_it_names():
    assert {path.stem for path in recipe_files()} > PAPERS_ROWS
    # Checkpoints of paper-4b, by the names under which the other recipes have them registered.
    size = known_shapes()["Qwen/Qwen3-VL-4B-Instruct"]
    shapes = {**known_shapes(), "prism-4b-sft": size, "prism-4b-aligned": size}
    for name in PAPERS_ROWS:
        pipeline = read_pipeline((FOLDER / f"{name}.yaml").read_text("utf-8"))
        memory = estimate_pipeline(pipeline, shapes, Lengths())
        assert all(memory.values()), name


def test_only_what_an_ablation_is_about_differs_from_the_full_recipe():
    full = read_pipeline((FOLDER / "paper-4b.yaml").read_text("utf-8")).runs
    differs = {
        name: {
            f"{run}.{field}"
            for run, settings in pipeline.runs.items()
            if settings.kind != "evaluate"
            for field, value in settings
            if value != getattr(full[run], field)
        }
        for name in ("dense", "text-only", "without-sft", "without-alignment", "sft-107k")
        for pipeline in [read_pipeline((FOLDER / f"{name}.yaml").read_text("utf-8"))]
    }
    schedule = {f"sft.{field}" for field in ("steps", "optimizer")}
    kept = {f"sft.{field}" for field in ("checkpoint_every", "samples_every")}
    assert differs == {
        "dense": {"warmup.policy", "warmup.discriminator", "align.policy"},
        "text-only": {"warmup.discriminator", "align.policy"},
        "without-sft": {"align.policy"},
        "without-alignment": {"grpo.policy", "grpo.steps"},
        "sft-107k": {"sft.mixed_with", *schedule, *kept},
    }


def test_rlvr_without_alignment_is_given_the_steps_that_alignment_has():
    def runs(name: str):
        return read_pipeline((FOLDER / f"{name}.yaml").read_text("utf-8")).runs

    both = runs("paper-4b")["align"].steps + runs("paper-4b")["grpo"].steps
    assert runs("without-alignment")["grpo"].steps == both
    for name in ("grpo", "dapo", "gspo", "dr-grpo", "cispo", "rloo"):
        assert (runs(name)[f"sft-{name}"].steps, runs(name)[f"prism-{name}"].steps) == (both, 1500)


def test_the_command_line_lists_recipes_by_name_and_title(capsys):
    assert main(["recipes"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == [path.stem for path in recipe_files()]
    titles = dict(line.split(maxsplit=1) for line in lines)
    assert titles["dapo"] == "RLVR by DAPO, from the SFT checkpoint and from the aligned one"


def test_validating_prints_settings_parameters_and_memory(capsys):
    assert main(["validate", "paper-4b", "--prompt-tokens", "1000", "--image-tokens", "500"]) == 0
    resolved, plan = yaml.safe_load_all(capsys.readouterr().out)
    assert resolved["runs"]["align"]["game"]["score_penalty"] == 0.001
    assert plan["parameters"] == {
        "Qwen/Qwen3-VL-2B-Instruct": "2,127,532,032",
        "Qwen/Qwen3-VL-4B-Instruct": "4,437,815,808",
    }
    align = plan["memory"]["align"]
    assert align["prompt_tokens"] == 1000
    assert align["parameters"] == {"policy": "4,437,815,808", "discriminator": "5,298,657,280"}
    assert align["always"] == {
        "policy": "16.5 GiB", "policy as it is read": "8.3 GiB", "moments": "33.1 GiB",
        "discriminator": "19.7 GiB", "discriminator as it is read": "9.9 GiB",
        "discriminator's moments": "39.5 GiB",
    }  # fmt: skip
    assert align["while learning"]["gradients"] == "16.5 GiB"


def test_validating_says_what_nothing_is_known_of(tmp_path, capsys):
    run = {"kind": "sft", "policy": {"model": "someone/something"}, "data": "any"}
    recipe = tmp_path / "recipe.yaml"
    recipe.write_text(yaml.safe_dump({"name": "mine", "runs": {"sft": run}}))
    assert main(["validate", str(recipe)]) == 0
    _, plan = yaml.safe_load_all(capsys.readouterr().out)
    assert plan["memory"] == {"sft": "unknown"}
    assert "someone/something is no folder" in plan["unknown"]["someone/something"]


def test_validating_reads_the_shape_of_a_folder(tiny_folder, tmp_path, capsys):
    run = {"kind": "sft", "policy": {"model": str(tiny_folder)}, "data": "any"}
    recipe = tmp_path / "recipe.yaml"
    recipe.write_text(yaml.safe_dump({"name": "mine", "runs": {"sft": run}}))
    assert main(["validate", str(recipe)]) == 0
    _, plan = yaml.safe_load_all(capsys.readouterr().out)
    weights = sum(w.numel() for w in load_file(tiny_folder / "model.safetensors").values())
    assert plan["parameters"] == {str(tiny_folder): f"{weights:,}"}


def test_only_evaluations_read_the_test_split():
    for path in FOLDER.glob("miniature*.yaml"):
        runs = read_pipeline(path.read_text("utf-8")).runs.values()
        assert all(run.kind == "evaluate" for run in runs if run.data == "miniature-test")


def test_every_arm_of_the_demonstration_is_evaluated_and_drawn_alike():
    runs = read_pipeline((FOLDER / "miniature.yaml").read_text("utf-8")).runs
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
