from __future__ import annotations

from typing import Any

import pytest

from prism_engine.contract.config import InvalidRecipe, Pipeline, read_pipeline
from prism_engine.contract.study import MOST_ARMS, Grid, expand

RECIPE = """
name: small
seed: 7
runs:
  sft: {kind: sft, policy: {model: base}, data: public}
  warmup: {kind: warmup, policy: {run: sft}, data: curated}
  align: {kind: align, policy: {run: sft}, discriminator: {run: warmup}, data: curated}
  grpo: {kind: rlvr, policy: {run: align}, data: public}
  test-align: {kind: evaluate, arm: PRISM, policy: {run: align}, data: held-out}
  test: {kind: evaluate, policy: {run: grpo}, data: held-out}
"""


def small() -> Pipeline:
    return read_pipeline(RECIPE)


def problems(**grid: Any) -> dict[str, str]:
    with pytest.raises(InvalidRecipe) as caught:
        expand(small(), Grid(**grid))
    return {problem.field: problem.message for problem in caught.value.problems}


def test_what_arms_share_stands_in_the_pipeline_once() -> None:
    grid = Grid(settings={"rlvr.algorithm": ["grpo", "dapo"]}, seeds=[0, 1, 2])
    plan = expand(small(), grid)
    assert [arm.label for arm in plan.arms] == ["grpo", "dapo"]
    assert [pipeline.seed for pipeline in plan.pipelines] == [0, 1, 2]
    first, *others = plan.pipelines
    assert list(first.runs) == [
        "sft", "warmup", "align", "grpo-grpo", "grpo-dapo", "test-align", "test-grpo", "test-dapo",
    ]  # fmt: skip
    assert all(other.runs == first.runs for other in others)
    assert plan.arms[1].runs == ["sft", "warmup", "align", "grpo-dapo", "test-align", "test-dapo"]
    assert plan.unshared_runs == 36
    dapo = first.runs["grpo-dapo"]
    assert (dapo.algorithm.kind, dapo.policy.run) == ("dapo", "align")
    assert first.runs["test-dapo"].policy.run == "grpo-dapo"
    assert first.runs["test-dapo"].arm == "dapo"
    assert first.runs["test-align"].arm == "PRISM"


def test_a_change_early_on_makes_all_that_follows_another() -> None:
    grid = Grid(
        settings={"warmup.discriminator": ["moe", "dense"], "rlvr.algorithm": ["grpo", "dapo"]}
    )
    plan = expand(small(), grid)
    assert [arm.label for arm in plan.arms] == [
        "moe, grpo", "moe, dapo", "dense, grpo", "dense, dapo",
    ]  # fmt: skip
    (pipeline,) = plan.pipelines
    assert pipeline.seed == 7
    runs = pipeline.runs
    # Two alignments, for four arms that end in two algorithms each.
    assert [name for name in runs if runs[name].kind == "align"] == ["align-moe", "align-dense"]
    assert sum(run.kind == "rlvr" for run in runs.values()) == 4
    assert runs["grpo-dense-dapo"].policy.run == "align-dense"
    assert runs["align-dense"].discriminator.run == "warmup-dense"
    assert runs["align-dense"].policy.run == "sft"
    # Two rows of the recipe have versions, so that each says which of them it is.
    assert runs["test-align-dense"].arm == "PRISM · dense"
    assert runs["test-dense-dapo"].arm == "grpo · dense, dapo"


def test_ablations_stand_beside_the_recipe_as_it_is() -> None:
    grid = Grid(
        ablations=[
            {"label": "Text only", "changes": {"warmup.discriminator": "text_only"}},
            {"label": "No warm-up of the rate", "changes": {"runs.grpo.optimizer.warmup_steps": 9}},
        ],
        labels={"base": "Full"},
    )
    plan = expand(small(), grid)
    assert [(arm.label, len(arm.changes)) for arm in plan.arms] == [
        ("Full", 0), ("Text only", 1), ("No warm-up of the rate", 1),
    ]  # fmt: skip
    runs = plan.pipelines[0].runs
    assert plan.arms[0].runs == ["sft", "warmup", "align", "grpo", "test-align", "test"]
    assert runs["warmup-text-only"].discriminator.kind == "text_only"
    assert runs["grpo"].policy.run == "align"
    # What the recipe says of the group's other settings stays.
    assert runs["grpo-no-warm-up-of-the-rate"].optimizer.learning_rate == 1e-6
    assert runs["test"].arm == "grpo · Full"
    assert runs["test-align"].arm == "PRISM · Full"


def test_numbers_say_what_they_are_and_a_reference_keeps_its_kind() -> None:
    grid = Grid(settings={"sft.steps": [5, 10], "runs.sft.policy": ["large"]})
    plan = expand(small(), grid)
    assert [arm.label for arm in plan.arms] == ["steps 5, large", "steps 10, large"]
    assert plan.pipelines[0].runs["sft-steps-10-large"].policy.model == "large"


def test_values_that_read_alike_are_told_apart_by_their_paths() -> None:
    grid = Grid(settings={"align.algorithm": ["grpo", "gspo"], "rlvr.algorithm": ["grpo", "gspo"]})
    labels = [arm.label for arm in expand(small(), grid).arms]
    assert labels == [
        "grpo, grpo", "grpo, gspo", "gspo, grpo", "gspo, gspo",
    ]  # fmt: skip
    nested = Grid(settings={"rlvr.algorithm": ["dapo", {"kind": "dapo", "most_draws": 3}]})
    assert [arm.label for arm in expand(small(), nested).arms] == ["dapo", "dapo (most_draws 3)"]


def test_an_ablation_may_start_from_another_run() -> None:
    change = {"grpo.policy": {"run": "sft"}}
    grid = Grid(ablations=[{"label": "Without alignment", "changes": change}])
    plan = expand(small(), grid)
    runs = plan.pipelines[0].runs
    assert runs["grpo-without-alignment"].policy.run == "sft"
    assert runs["test-without-alignment"].arm == "Without alignment"
    assert [name for name in runs if name.startswith("align")] == ["align"]


@pytest.mark.parametrize(
    ("grid", "field", "message"),
    [
        ({"settings": {"rlvr.algorithm": []}}, "grid.settings.rlvr.algorithm", "at least one"),
        ({"settings": {"sft.steps": [1, 1]}}, "grid.settings.sft.steps", "twice"),
        ({"settings": {"curate.steps": [1]}}, "grid.settings.curate.steps", "begin with a kind"),
        ({"settings": {"seed": [1]}}, "grid.settings.seed", "a setting of no run"),
        ({"settings": {"sft.stepz": [1]}}, "runs.sft.stepz", "did you mean 'steps'?"),
        ({"settings": {"sft.steps": [0]}}, "runs.sft.steps", "in arm 'steps 0'"),
        ({"settings": {"sft.steps.x": [1]}}, "runs.sft.steps.x", "no settings of its own"),
        ({"seeds": [1, 1]}, "grid.seeds", "twice"),
        ({"labels": {"x": "y"}}, "grid.labels.x", "there are: base"),
        (
            {"ablations": [{"label": "base", "changes": {"sft.steps": 2}}]},
            "grid",
            "two arms are called 'base'",
        ),
        ({"settings": {"sft.steps": list(range(1, MOST_ARMS + 2))}}, "grid", "65 arms"),
    ],
)
def test_what_is_wrong_is_named_with_its_remedy(
    grid: dict[str, Any], field: str, message: str
) -> None:
    assert message in problems(**grid)[field]


def test_a_number_that_is_none_is_refused() -> None:
    with pytest.raises(ValueError, match="finite"):
        Grid(settings={"sft.steps": [float("nan")]})
