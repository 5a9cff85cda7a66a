"""The paper's tables: every row has its arm, and no cell is empty unnoticed."""

from __future__ import annotations

from rich.console import Console

from bench.miniature import scaled
from bench.tables import ABLATIONS, COUNTS, METHODS, SHARES, ablations_table, empty_cells
from prism_engine.contract.config import Pipeline, read_pipeline

ESTIMATE = {"value": 0.5, "low": 0.4, "high": 0.6, "n": 512}
ARMS = {arm for section in METHODS for arm in section} | set(ABLATIONS.values())


def runs_of(pipeline: Pipeline, kind: str):
    return {name: run for name, run in pipeline.runs.items() if run.kind == kind}


def test_every_row_of_both_tables_is_an_arm_of_the_recipe():
    evaluations = runs_of(read_pipeline(scaled("miniature-tables", 1)), "evaluate").values()
    assert len(evaluations) == len(ARMS) == 14
    assert {run.arm for run in evaluations} == ARMS
    assert {run.data for run in evaluations} == {"miniature-test"}


def test_arms_differ_in_what_their_row_is_about_and_are_drawn_alike():
    pipeline = read_pipeline(scaled("miniature-tables", 1))
    common = {"policy", "algorithm"}
    assert (
        len({run.model_dump_json(exclude=common) for run in runs_of(pipeline, "rlvr").values()})
        == 1
    )
    align = runs_of(pipeline, "align").values()
    assert len({run.model_dump_json(exclude={"policy", "discriminator"}) for run in align}) == 1
    matched = pipeline.runs["without-alignment"]
    assert matched.policy.run == "sft-grpo"
    assert matched.steps == pipeline.runs["align"].steps


def test_a_cell_without_a_number_is_named():
    scores = {arm: dict.fromkeys([*SHARES, *COUNTS], ESTIMATE) for arm in ARMS}
    assert empty_cells(scores) == []
    del scores["PRISM"]["caption_recall"]
    del scores["Instruct"]
    assert empty_cells(scores) == [
        *(("Instruct", metric) for metric in (*SHARES, *COUNTS)), ("PRISM", "caption_recall"),
    ]  # fmt: skip


def test_a_table_shows_every_score_with_its_interval():
    scores = {arm: dict.fromkeys([*SHARES, *COUNTS], ESTIMATE) for arm in ARMS}
    console = Console(width=200)
    with console.capture() as captured:
        console.print(ablations_table(scores))
    lines = captured.get().splitlines()
    (row,) = (line for line in lines if "Without SFT" in line)
    assert row.count("50.0 [40.0, 60.0]") == len(SHARES)
    assert any("n = 512 held-out items" in line for line in lines)
