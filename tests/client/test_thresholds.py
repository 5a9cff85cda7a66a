from __future__ import annotations

from datetime import UTC, datetime

import pytest
import typer

from prism_client.command.summary import job_summary
from prism_client.command.thresholds import Figure, figures_of, read_requirement
from prism_client.resources import Arm, Exit, Pipeline, Results, Run, Score

NOW = datetime(2026, 1, 1, tzinfo=UTC)
FIGURES = [
    Figure(("sft",), "loss", 0.5),
    Figure(("align",), "loss", 0.25),
    Figure(("sft", "miniature"), "accuracy", 0.5),
    Figure(("align", "miniature"), "accuracy", 0.625),
    Figure(("align",), "broken", float("nan")),
]


@pytest.mark.parametrize(
    ("text", "met"),
    [
        ("accuracy>=0.5", True),
        ("accuracy > 0.5", False),
        ("align:accuracy>0.5", True),
        ("miniature:align:accuracy>=0.625", True),
        ("miniature:accuracy>=0.6", False),
        ("loss<0.5", False),
        ("loss<=5e-1", True),
        ("other:loss<=1", False),
        ("unheard>=0", False),
        ("broken>=0", False),
        ("broken<=0", False),
    ],
)
def test_a_requirement_holds_for_every_figure_that_it_names(text: str, met: bool) -> None:
    assert read_requirement(text).check(FIGURES).met is met


@pytest.mark.parametrize(
    ("text", "remedy"),
    [
        ("accuracy", "write NAME>=NUMBER"),
        ("accuracy==0.5", "write NAME>=NUMBER"),
        ("accuracy>=high", "'high' in 'accuracy>=high' is no number"),
        (">=0.5", "write NAME>=NUMBER"),
    ],
)
def test_what_is_no_requirement_is_refused_with_the_remedy(text: str, remedy: str) -> None:
    with pytest.raises(typer.BadParameter, match=remedy):
        read_requirement(text)


def pipeline() -> Pipeline:
    run = Run(
        id="run_1", pipeline_id="pip_1", name="sft", kind="sft", state="failed",
        desired_state="run", attempt=1, step=2, steps=3, created_at=NOW, latest={"loss": 0.5},
        exit=Exit(kind="crashed", message="a | b\n<script>"),
    )  # fmt: skip
    return Pipeline(
        id="pip_1", number=7, name="demo", state="failed", seed=1, created_at=NOW, runs=[run]
    )


def results() -> Results:
    score = Score(value=0.5, low=0.25, high=0.75, n=16)
    arm = Arm(arm="sft", run_id="run_1", benchmark="miniature", scores={"accuracy": score})
    return Results(benchmarks=["miniature"], arms=[arm])


def test_figures_are_last_metrics_and_scores() -> None:
    assert list(figures_of(pipeline(), results())) == [
        Figure(("sft",), "loss", 0.5),
        Figure(("sft", "miniature"), "accuracy", 0.5),
    ]


def test_a_summary_has_runs_requirements_and_scores_and_nothing_that_breaks_it() -> None:
    check = read_requirement("accuracy>=0.4").check(figures_of(pipeline(), results()))
    assert job_summary(pipeline(), results(), [check], "http://prism.test").splitlines() == [
        "## demo #7: failed",
        "",
        "[Open in PRISM Control](http://prism.test/pipelines/pip_1)",
        "",
        "| run | kind | state | step | exit |",
        "| --- | --- | --- | --- | --- |",
        "| sft | sft | failed | 2/3 | crashed: a \\| b &lt;script> |",
        "",
        "### Requirements",
        "",
        "| requirement | met | measured |",
        "| --- | --- | --- |",
        "| accuracy>=0.4 | yes | sft:miniature 0.5 |",
        "",
        "### miniature",
        "",
        "| arm | accuracy |",
        "| --- | --- |",
        "| sft | 0.500 [0.250, 0.750] |",
    ]
