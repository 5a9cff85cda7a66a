"""An evaluation without a recipe, by the engine's own command."""

from __future__ import annotations

from pathlib import Path

import pytest

from prism_engine.__main__ import main
from prism_engine.benchmarks.responses import read_rows
from prism_engine.contract.addresses import ALLOWED
from prism_engine.evaluation import scores_of
from tests.engine.endpoints.server import Act, Call, ChatServer, completion
from tests.engine.stages.toy import CURATED, write_toy_data


def act(call: Call) -> Act:
    """Give the right answer when asked for the likeliest, and another one when sampled."""
    right = call.body["temperature"] == 0
    said = CURATED if right else CURATED.replace("1</answer>", "2</answer>")
    return Act(reply=completion(said, generated=33))


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return write_toy_data(tmp_path / "data", [CURATED])


def test_a_served_model_is_scored(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv(ALLOWED, "127.0.0.1")
    out = tmp_path / "out"
    with ChatServer(act).running() as url:
        options = ["--out", str(out), "--served", "m", "--samples", "3", "--scoring", "strict"]
        assert main(["evaluate", url, str(data), *options, "--seed", "5"]) == 0
    head, *lines = capsys.readouterr().out.strip().splitlines()
    assert head.startswith("m on ")
    printed = {line.split()[0]: line.split()[1:] for line in lines}
    # Wilson's interval of 4 in 4: from 1 / (1 + z² / 4) up.
    assert printed["accuracy_greedy"] == ["1.0000", "[0.5101,", "1.0000]", "n=4"]
    assert printed["majority"] == ["1.0000"]
    rows = read_rows(out / "evaluate" / "responses.jsonl")
    assert [(row.item, row.sample, row.verdict) for row in rows[:4]] == [
        ("0-0", 0, "right"), ("0-0", 1, "wrong"), ("0-0", 2, "wrong"), ("0-0", 3, "wrong"),
    ]  # fmt: skip
    assert (len(rows), rows[0].seed, rows[0].tokens) == (16, 5, 33)
    assert scores_of(out).scores["accuracy_sampled"].value == 0.0


@pytest.mark.parametrize(
    ("policy", "named", "options", "problem"),
    [
        ("http://127.0.0.1:1/v1", "", [], "--served: http://127.0.0.1:1/v1 serves models by name"),
        ("m", "no-such", [], "data: there is no data set no-such, and no such benchmark; known"),
        ("m", "", ["--scoring", "judge"], "scoring by a judge needs one; name it in judge"),
        ("nowhere", "", [], "there is no folder nowhere; name one, or a hub id"),
    ],
)
def test_what_does_not_fit_is_refused(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str],
    policy: str, named: str, options: list[str], problem: str,
) -> None:  # fmt: skip
    assert (
        main(["evaluate", policy, named or str(data), "--out", str(tmp_path / "out"), *options])
        == 2
    )
    assert problem in capsys.readouterr().err
