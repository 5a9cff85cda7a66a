from __future__ import annotations

from collections.abc import Callable

import httpx
import pytest

from prism_client import client as client_module
from prism_client.client import TRIES, Client
from prism_client.errors import (
    Conflict,
    ContractMismatch,
    Forbidden,
    Invalid,
    NoRoom,
    NotFound,
    NotSignedIn,
    Refused,
    ServerFailed,
    ServerUnreachable,
)

Handler = Callable[[httpx.Request], httpx.Response]
RUN = {
    "id": "run_1", "pipeline_id": "pip_1", "name": "sft", "kind": "sft", "state": "running",
    "desired_state": "run", "attempt": 1, "step": 3, "steps": 10,
    "created_at": "2026-11-22T12:00:00Z", "a_field_of_a_newer_server": True,
}  # fmt: skip
PIPELINE = {
    "id": "pip_1", "number": 1, "name": "prism", "state": "queued", "seed": 0,
    "created_at": "2026-11-22T12:00:00Z", "runs": [],
}  # fmt: skip


@pytest.fixture(autouse=True)
def _no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client_module.time, "sleep", lambda _: None)


def connect(handler: Handler) -> Client:
    return Client("http://prism.test", "secret", httpx.MockTransport(handler))


def test_a_request_carries_the_token_and_an_answer_becomes_a_run() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        assert request.url == "http://prism.test/api/v1/runs/run_1"
        assert request.headers["Authorization"] == "Bearer secret"
        return httpx.Response(200, json=RUN)

    run = connect(answer).run("run_1")
    assert (run.state, run.step, run.steps) == ("running", 3, 10)


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (400, Refused),
        (401, NotSignedIn),
        (403, Forbidden),
        (404, NotFound),
        (409, Conflict),
        (422, Invalid),
        (426, ContractMismatch),
        (507, NoRoom),
        (500, ServerFailed),
    ],
)
def test_every_error_answer_is_an_error_of_its_own(status: int, error: type[Exception]) -> None:
    body = {"title": "No", "status": status, "detail": "the run has ended", "code": "x"}
    answer = httpx.Response(status, json=body, headers={"content-type": "application/problem+json"})
    with pytest.raises(error, match="the run has ended"):
        connect(lambda _: answer).run("run_1")


@pytest.mark.parametrize("status", [502, 503, 504])
def test_a_proxy_with_no_server_behind_it_is_a_server_that_is_not_there(status: int) -> None:
    with pytest.raises(ServerUnreachable, match=f"http://prism.test: status {status}"):
        connect(lambda _: httpx.Response(status)).run("run_1")


def test_a_refused_recipe_names_every_field() -> None:
    problems = [{"field": "runs.sft.stepps", "message": "did you mean 'steps'?"}]
    answer = httpx.Response(422, json={"title": "Invalid", "status": 422, "errors": problems})
    with pytest.raises(Invalid) as caught:
        connect(lambda _: answer).launch({"name": "x"})
    assert [(p.field, p.message) for p in caught.value.problems] == [
        ("runs.sft.stepps", "did you mean 'steps'?")
    ]


def test_an_error_page_of_a_proxy_is_named_by_its_status() -> None:
    answer = httpx.Response(500, text="<html>", headers={"content-type": "text/html"})
    with pytest.raises(ServerFailed, match="Internal Server Error"):
        connect(lambda _: answer).run("run_1")


def test_a_server_that_starts_again_is_waited_for() -> None:
    answers = [httpx.ConnectError("refused"), httpx.Response(503), httpx.Response(200, json=RUN)]

    def answer(_: httpx.Request) -> httpx.Response:
        now = answers.pop(0)
        if isinstance(now, Exception):
            raise now
        return now

    assert connect(answer).run("run_1").id == "run_1"


def test_a_server_that_stays_away_is_unreachable() -> None:
    asked = []

    def refuse(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        raise httpx.ConnectError("connection refused")

    with pytest.raises(ServerUnreachable, match=r"http://prism\.test: connection refused"):
        connect(refuse).run("run_1")
    assert len(asked) == TRIES


def test_a_launch_that_is_sent_again_carries_the_same_key() -> None:
    keys = []

    def answer(request: httpx.Request) -> httpx.Response:
        keys.append(request.headers["Idempotency-Key"])
        return httpx.Response(201, json=PIPELINE) if len(keys) > 1 else httpx.Response(502)

    client = connect(answer)
    client.launch({"name": "prism"})
    client.launch({"name": "prism"})
    assert keys[0] == keys[1] != keys[2]


def test_a_list_goes_on_to_its_last_page() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.params.get("after") == "more":
            return httpx.Response(200, json={"data": [{**RUN, "id": "run_2"}]})
        return httpx.Response(200, json={"data": [RUN], "next_cursor": "more"})

    assert [run.id for run in connect(answer).runs(state="running")] == ["run_1", "run_2"]


def test_a_wait_outlasts_a_server_that_is_away() -> None:
    states = ["running", None, None, None, None, None, None, "running", "succeeded"]

    def answer(_: httpx.Request) -> httpx.Response:
        state = states.pop(0)
        if state is None:
            raise httpx.ConnectError("refused")
        return httpx.Response(200, json={**PIPELINE, "state": state})

    assert [seen.state for seen in connect(answer).wait("pip_1")] == ["running", "succeeded"]


def test_a_wait_ends_when_its_patience_does() -> None:
    def refuse(_: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused")

    with pytest.raises(ServerUnreachable):
        list(connect(refuse).wait("pip_1", patience=-1))


def test_an_image_is_sent_as_it_is_and_comes_back_as_a_digest() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        assert (request.method, request.url.path) == ("POST", "/api/v1/projects/prj_1/images")
        assert request.content == b"\x89PNG and pixels"
        kept = {"digest": "a" * 64, "width": 640, "height": 480, "size": 14}
        return httpx.Response(201, json=kept)

    uploaded = connect(answer).upload_image("prj_1", b"\x89PNG and pixels")
    assert (uploaded.digest, uploaded.width, uploaded.height) == ("a" * 64, 640, 480)
