from __future__ import annotations

from pathlib import Path

import pytest

from prism_engine.benchmarks.endpoint_judge import EndpointJudge
from prism_engine.benchmarks.judge import Case
from prism_engine.contract.addresses import ALLOWED
from prism_engine.endpoints.blocking import BlockingSession
from prism_engine.endpoints.keys import Keys
from tests.engine.endpoints.conftest import endpoint
from tests.engine.endpoints.server import Act, Call, ChatServer, completion

SAYS = {
    "half": Act(reply=completion("RIGHT")),
    "third": Act(reply=completion("**Wrong.**")),
    "maybe": Act(reply=completion("RIGHT, because WRONG")),
    "long": Act(reply=completion("RIGHT", finish="length")),
    "refused": Act(400),
    "broken": Act(raw=b"{"),
}


def act(call: Call) -> Act:
    return SAYS[call.text.rpartition("Answer:\n<<<\n")[2].partition("\n")[0]]


def test_one_clear_word_is_a_verdict_and_all_else_is_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(ALLOWED, "127.0.0.1")
    cases = [Case("how much", "1/2", said) for said in SAYS]
    server = ChatServer(act)
    with server.running() as url:
        for _ in range(2):
            with BlockingSession(tmp_path / "ledger.sqlite", Keys({}), None) as session:
                judge = EndpointJudge(endpoint(url, model="j"), session.ask)
                assert judge.verdicts(cases) == [
                    "right", "wrong", "failed", "failed", "failed", "failed",
                ]  # fmt: skip
                assert judge.name == f"j@{url}/judge_v1"
    # What it said is kept, failures that will not mend included.
    assert len(server.calls) == len(SAYS)
