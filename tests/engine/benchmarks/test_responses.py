from __future__ import annotations

import json
from pathlib import Path

import pytest
from PIL import Image

from prism_engine.__main__ import main
from prism_engine.benchmarks import BENCHMARKS
from prism_engine.benchmarks.pairing import McNemar
from prism_engine.benchmarks.responses import (
    ResponseLog,
    ResponseRow,
    compare,
    prompt_hash,
    read_rows,
    rescore,
    rows_of,
    token_efficiency,
)
from prism_engine.contract.events import Response
from prism_engine.data.records import Record
from prism_engine.errors import InvalidData


def row(item: str, sample: int, verdict: str | None = "right", **changes: object) -> ResponseRow:
    said = {
        "benchmark": "b", "item": item, "sample": sample, "prompt": f"hash of {item}",
        "response": "…", "tokens": 10, "malformed": None, "answer": "2", "verdict": verdict,
        "scorer": "answer_v1", "temperature": float(sample > 0), "seed": 7,
    }  # fmt: skip
    return ResponseRow(**{**said, **changes})


def test_rows_hold_the_whole_response_and_what_was_said_of_it() -> None:
    record = Record(id="a", question="q")
    long = "x" * 100_000
    responses = [
        Response(text=long, valid=True, answer="2", verdict="right", tokens=900, correct=True),
        Response(text="2", valid=False, malformed="missing caption", tokens=2),
    ]

    greedy, sampled = rows_of(
        record,
        responses,
        benchmark="b",
        scorer="b_v1",
        scoring="strict",
        prompt="p",
        temperature=0.7,
        seed=3,
    )

    assert (greedy.item, greedy.sample, greedy.temperature, greedy.seed) == ("a", 0, 0.0, 3)
    assert (greedy.response, greedy.tokens, greedy.verdict) == (long, 900, "right")
    assert (greedy.scorer, greedy.scoring) == ("b_v1", "strict")
    assert (sampled.sample, sampled.temperature) == (1, 0.7)
    assert (sampled.malformed, sampled.verdict, sampled.answer) == ("missing caption", None, None)


def test_the_prompt_is_its_question_and_its_images(tmp_path: Path) -> None:
    for name, colour in (("a.png", "red"), ("b.png", "red"), ("c.png", "blue")):
        Image.new("RGB", (8, 8), colour).save(tmp_path / name)

    def hashed(image: str, question: str = "q") -> str:
        return prompt_hash(Record(id=image, question=question, images=[image]), tmp_path)

    assert hashed("a.png") == hashed("b.png")
    assert len({hashed("a.png"), hashed("c.png"), hashed("a.png", "r")}) == 3


def test_the_last_row_of_a_response_counts(tmp_path: Path) -> None:
    path = tmp_path / "run" / "responses.jsonl"
    ResponseLog(path).write([row("b", 0), row("a", 1), row("a", 0)])
    with path.open("a") as file:
        file.write('\n{"benchmark": "b", "response": "cut in }')
    ResponseLog(path).write([row("a", 1, "wrong")])

    assert read_rows(path) == [row("a", 0), row("a", 1, "wrong"), row("b", 0)]


def test_attempts_are_read_together(tmp_path: Path) -> None:
    ResponseLog(tmp_path / "1.jsonl").write([row("a", 0), row("b", 0, "wrong")])
    ResponseLog(tmp_path / "2.jsonl").write([row("b", 0), row("c", 0)])

    found = read_rows(tmp_path / "1.jsonl", tmp_path / "2.jsonl")

    assert found == [row("a", 0), row("b", 0), row("c", 0)]


def test_what_holds_no_rows_is_refused(tmp_path: Path) -> None:
    (tmp_path / "events.jsonl").write_text('{"type": "started"}\n')

    with pytest.raises(InvalidData, match=r"line 1: .* something else than responses"):
        read_rows(tmp_path / "events.jsonl")
    with pytest.raises(InvalidData, match="there is no file"):
        read_rows(tmp_path / "missing.jsonl")


def test_responses_are_scored_again_without_generating() -> None:
    records = [
        Record(id="a", question="q", answer={"type": "integer", "value": 2}),
        Record(id="b", question="q", answer={"type": "text", "value": "red"}),
        Record(id="c", question="q"),
    ]
    rows = [row("a", 0, "wrong", scorer="old"), row("b", 0), row("c", 0), row("a", 1, answer=None)]

    found = rescore(rows, records, BENCHMARKS["typed"])

    assert [r.verdict for r in found] == ["right", "wrong", None, None]
    assert {r.scorer for r in found} == {"answer_v1"}
    with pytest.raises(InvalidData, match="x: the data set has no such item"):
        rescore([row("x", 0)], records, BENCHMARKS["typed"])


def test_accuracy_against_tokens_by_hand() -> None:
    rows = [row("a", n, "right" if n < 3 else "wrong", tokens=10 * (n + 1)) for n in range(5)]

    found = token_efficiency(rows)

    assert found == {
        "accuracy": 0.6,
        "tokens_mean": 30,
        "tokens_median": 30,
        "tokens_p95": pytest.approx(48),
        "tokens_right": 20,
        "tokens_wrong": 45,
    }
    assert "tokens_right" not in token_efficiency([row("a", 0, "timeout")])
    assert token_efficiency([]) == {}


def two_sides() -> tuple[list[ResponseRow], list[ResponseRow]]:
    """Of eight items the first has all right, the second only the first two."""
    items = [f"i{n}" for n in range(8)]
    first = [row(item, sample) for item in items for sample in range(3)]
    second = [
        row(item, sample, "right" if number < 2 else "unparsed")
        for number, item in enumerate(items)
        for sample in range(3)
    ]
    return first, second


def test_two_checkpoints_are_compared_on_the_same_items() -> None:
    first, second = two_sides()

    found = compare(first, second)

    assert found.items == 8
    assert found.greedy == McNemar(6, 0, 2 / 2**6)
    assert found.sampled.difference.value == 0.75
    assert found.sampled.difference.low < 0.75 < found.sampled.difference.high
    greedy_only = [[r for r in side if r.sample == 0] for side in (first, second)]
    assert compare(*greedy_only).sampled is None


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"prompt": "another"}, "i0: both evaluations must have been asked the same"),
        ({"item": "x"}, "x: both evaluations must have been asked the same"),
        ({"scorer": "answer_v0"}, "scorer: the evaluations were scored differently"),
    ],
)
def test_what_differs_is_not_compared(change: dict[str, str], problem: str) -> None:
    first, second = two_sides()
    second = [r.model_copy(update=change) if r.item == "i0" else r for r in second]

    with pytest.raises(InvalidData, match=problem):
        compare(first, second)


def test_the_commands_score_again_and_compare(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    first, second = two_sides()
    for name, rows in (("first", first), ("second", second)):
        ResponseLog(tmp_path / f"{name}.jsonl").write(rows)
    gold = {"type": "integer", "value": 3}
    lines = [json.dumps({"id": f"i{n}", "question": "q", "answer": gold}) for n in range(8)]
    (tmp_path / "data.jsonl").write_text("\n".join(lines))
    paths = [str(tmp_path / f"{name}.jsonl") for name in ("first", "second", "again")]

    assert main(["responses", "compare", *paths[:2]]) == 0
    shown = json.loads(capsys.readouterr().out)
    assert shown["greedy"] == {"only_first": 6, "only_second": 0, "p": 0.03125}
    assert (shown["first"]["accuracy"], shown["second"]["accuracy"]) == (1.0, 0.25)

    assert main(["responses", "rescore", paths[0], "--data", str(tmp_path), "--out", paths[2]]) == 0
    assert {r.verdict for r in read_rows(Path(paths[2]))} == {"wrong"}
    assert main(["responses", "compare", paths[0], str(tmp_path / "none.jsonl")]) == 2
    assert "there is no file" in capsys.readouterr().err
