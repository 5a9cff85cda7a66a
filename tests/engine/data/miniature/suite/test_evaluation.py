"""The whole evaluation on the mirrors, with a policy that has learned for two steps."""

import pytest

from prism_engine.benchmarks import PUBLISHED
from prism_engine.benchmarks.responses import read_rows
from prism_engine.contract.config import read_pipeline
from prism_engine.contract.events import BenchmarkScored, ItemsJudged, read_events
from prism_engine.data.miniature.suite import SUITE
from prism_engine.data.miniature.suite.write import write_suite
from prism_engine.interruption import Interruption
from prism_engine.run import run_pipeline

ITEMS = 12


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    world, out = tmp_path_factory.mktemp("suite"), tmp_path_factory.mktemp("runs")
    write_suite(world, size="small")
    learning = {
        "kind": "sft",
        "policy": {"model": str(world / "scratch-model")},
        "data": str(world / "supervision"),
        "steps": 2,
        "batch_size": 4,
    }
    evaluation = {
        "kind": "evaluate",
        "policy": {"run": "sft"},
        "items": ITEMS,
        "samples_per_item": 1,
        "batch_size": ITEMS,
        "sampling": {"max_new_tokens": 24},
    }
    runs = {name: {**evaluation, "data": str(world / name)} for name in SUITE}
    pipeline = read_pipeline({"name": "suite", "runs": {"sft": learning, **runs}})
    names = ["sft", *SUITE]
    assert run_pipeline(pipeline, names, out, None, 1, Interruption()) == 0
    return out


def only(out, name, event):
    (found,) = (e for e in read_events(out / name / "events.jsonl") if isinstance(e, event))
    return found


@pytest.mark.parametrize("name", SUITE)
def test_every_mirror_is_scored_as_its_benchmark(finished, name):
    scored = only(finished, name, BenchmarkScored)
    assert scored.benchmark == f"miniature {PUBLISHED[name].title}"
    assert scored.scores["accuracy_greedy"].n == ITEMS
    assert scored.scores["response_tokens"].value > 1
    assert scored.supervision["accuracy_greedy"] == 1
    assert scored.supervision["caption_recall"] == 1
    assert "score" in scored.scores
    rows = read_rows(finished / name / "responses.jsonl")
    assert len(rows) == 2 * ITEMS
    assert {row.scorer for row in rows} == {PUBLISHED[name].scorer}


@pytest.mark.parametrize("name", SUITE)
def test_verdicts_are_those_of_the_scores(finished, name):
    judged, scored = only(finished, name, ItemsJudged), only(finished, name, BenchmarkScored)
    assert len(judged.right) == ITEMS
    assert sum(judged.right) / ITEMS == scored.scores["accuracy_greedy"].value
    assert (judged.benchmark, judged.arm) == (scored.benchmark, "sft")
    several = name in ("mathverse", "wemath", "mmmu_pro", "hallusion_bench")
    assert (len(set(judged.groups)) < ITEMS) == several
