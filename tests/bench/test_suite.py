"""The paper's table in miniature: every cell has its run, and none is empty unnoticed."""

from __future__ import annotations

from rich.console import Console

from bench.miniature import scaled
from bench.suite import (
    ARMS,
    BENCHMARKS,
    LEARNED,
    average,
    cells_of,
    empty_cells,
    figures_of,
    registered,
    table_of,
)
from prism_engine.benchmarks import PUBLISHED
from prism_engine.contract.config import read_pipeline
from prism_engine.data.miniature.suite import SUITE
from prism_engine.data.miniature.suite import write as suite


def estimate(value: float) -> dict[str, float]:
    return {"value": value, "low": value - 0.1, "high": value + 0.1, "n": 240}


def arms() -> list[dict]:
    return [
        {
            "arm": arm,
            "benchmark": f"miniature {name}",
            "scores": {
                "score": estimate(0.1 * (place + 1)),
                "accuracy_greedy": estimate(0.5),
                "response_tokens": estimate(40),
                "caption_items": estimate(4),
                "reasoning_steps_wasserstein": estimate(0.3),
            },
            "majority": 0.2,
            "paired": None if arm == "SFT" else {"p": 0.031, "arm": "SFT"},
        }
        for arm in ARMS
        for place, name in enumerate(BENCHMARKS.values())
    ]


def test_the_recipe_evaluates_every_arm_on_every_mirror():
    runs = read_pipeline(scaled("miniature-suite", 1)).runs.values()
    evaluations = [run for run in runs if run.kind == "evaluate"]
    cells = {(run.arm, run.data) for run in evaluations}
    assert cells == {(arm, registered(name)) for arm in ARMS for name in BENCHMARKS}
    assert len(evaluations) == len(cells) == 21
    assert len({run.model_dump_json(include={"sampling", "items"}) for run in evaluations}) == 1
    learned = {run.data for run in runs if run.kind != "evaluate"}
    assert learned == {registered(name) for name in LEARNED}


def test_each_arm_but_the_first_was_trained_from_one_that_is_evaluated():
    pipeline = read_pipeline(scaled("miniature-suite", 1))
    assert {pipeline.runs[run].policy.run for run in ("grpo", "align")} == {"sft"}


def test_names_are_those_of_the_suite_and_of_the_paper():
    assert list(BENCHMARKS.values()) == [PUBLISHED[name].title for name in SUITE]
    assert set(LEARNED) == set(suite.LEARNED)


def test_a_cell_without_a_number_is_named():
    assert empty_cells(cells_of(arms())) == []
    broken = cells_of(arms())
    del broken["SFT"]["MMMU"]
    broken["PRISM"]["WeMath"]["paired"] = None
    assert empty_cells(broken) == ["SFT: MMMU", "PRISM: WeMath (paired)"]


def test_the_average_is_the_plain_mean_of_the_seven():
    cells = cells_of(arms())
    assert abs(average(cells["SFT"]) - 0.4) < 1e-12
    figures = figures_of(cells)["PRISM"]
    assert figures["benchmarks"]["MathVista"]["structure"] == {
        "caption_items": 4, "reasoning_steps_wasserstein": 0.3
    }  # fmt: skip
    console = Console(width=240)
    with console.capture() as captured:
        console.print(table_of(cells))
    assert captured.get().count("p 0.031") == 14
    assert "40.0" in captured.get()
