"""An evaluation of a served model, through the engine's own command."""

from __future__ import annotations

from pathlib import Path

import pytest

from prism_engine.benchmarks.responses import read_rows
from prism_engine.contract.addresses import ALLOWED
from prism_engine.contract.config import InvalidRecipe, read_pipeline
from prism_engine.contract.events import BenchmarkScored, Failed, SamplesDrawn, read_events
from prism_engine.interruption import Interruption
from prism_engine.run import run_pipeline
from tests.engine.endpoints.server import Act, Call, ChatServer, completion
from tests.engine.stages.toy import CURATED, write_toy_data


def recipe(data: Path, url: str, **settings: object) -> dict[str, object]:
    run = {
        "kind": "evaluate", "data": str(data), "samples_per_item": 1, "batch_size": 3,
        "policy": {"endpoint": {"url": url, "model": "m"}}, **settings,
    }  # fmt: skip
    return {"name": "served", "seed": 5, "runs": {"score": run}}


def act(call: Call) -> Act:
    if call.body["model"] == "judge":
        return Act(reply=completion("RIGHT"))
    said = (
        CURATED if call.body["temperature"] == 0 else CURATED.replace("1</answer>", "one</answer>")
    )
    return Act(reply=completion(said, generated=33))


def test_a_served_model_is_scored_like_a_policy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(ALLOWED, "127.0.0.1")
    data = write_toy_data(tmp_path / "data", [CURATED])
    server = ChatServer(act)
    with server.running() as url:
        judge = {"scoring": "judge", "judge": {"url": url, "model": "judge"}}
        for name, settings in {"strict": {}, "judged": judge}.items():
            pipeline = read_pipeline(recipe(data, url, **settings))
            out = tmp_path / name
            assert run_pipeline(pipeline, ["score"], out, None, 1, Interruption()) == 0
    rows = read_rows(tmp_path / "strict" / "score" / "responses.jsonl")
    assert len(rows) == 8
    assert {(row.sample, row.verdict, row.tokens, row.seed) for row in rows} == {
        (0, "right", 33, 5), (1, "unparsed", 33, 5),
    }  # fmt: skip
    assert [scores(tmp_path / name) for name in ("strict", "judged")] == [(1.0, 0.0), (1.0, 1.0)]
    judged = read_rows(tmp_path / "judged" / "score" / "responses.jsonl")
    assert {(row.sample, row.verdict, row.judged) for row in judged} == {
        (0, "right", None), (1, "unparsed", "right"),
    }  # fmt: skip
    shown = [e for e in read_events(tmp_path / "strict" / "score" / "events.jsonl")
             if isinstance(e, SamplesDrawn)]  # fmt: skip
    assert shown[0].samples[0].images
    assert all(call.images == 1 for call in server.calls if call.body["model"] == "m")


def scores(out: Path) -> tuple[float, float]:
    (scored,) = [
        event
        for event in read_events(out / "score" / "events.jsonl")
        if isinstance(event, BenchmarkScored)
    ]
    return scored.scores["accuracy_greedy"].value, scored.scores["accuracy_sampled"].value


def test_a_server_that_counts_no_tokens_cannot_be_scored(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(ALLOWED, "127.0.0.1")
    data = write_toy_data(tmp_path / "data", [CURATED])
    server = ChatServer(lambda call: Act(reply=completion(CURATED, usage=False)))
    with server.running() as url:
        pipeline = read_pipeline(recipe(data, url))
        assert run_pipeline(pipeline, ["score"], tmp_path / "out", None, 1, Interruption()) == 2
    *_, last = read_events(tmp_path / "out" / "score" / "events.jsonl")
    assert isinstance(last, Failed)
    assert "how many tokens" in last.message


@pytest.mark.parametrize(
    ("settings", "problem"),
    [
        ({"scoring": "judge"}, "name it in judge"),
        ({"judge": {"url": "http://j", "model": "j"}}, "strict scoring asks no judge"),
    ],
)
def test_a_judge_is_named_where_one_is_asked(settings: dict[str, object], problem: str) -> None:
    with pytest.raises(InvalidRecipe, match=problem):
        read_pipeline(recipe(Path("data"), "http://m", **settings))
