from __future__ import annotations

import httpx
import pytest

from prism_client.errors import Conflict, ServerFailed, raise_for_problem


def answer(status: int, content: bytes, content_type: str = "application/problem+json") -> None:
    raise_for_problem(
        httpx.Response(status, content=content, headers={"Content-Type": content_type})
    )


def test_an_answer_is_raised_with_what_its_problem_says() -> None:
    with pytest.raises(Conflict, match="The run has ended") as caught:
        answer(409, b'{"title": "Conflict", "detail": "The run has ended.", "code": "ended"}')
    assert (caught.value.problem.status, caught.value.problem.code) == (409, "ended")


@pytest.mark.parametrize(
    "content", [b"", b'{"detail": "half', b'["not a problem"]', b'{"errors": "many"}', b"<html>"]
)
def test_an_answer_without_a_problem_is_named_by_its_status(content: bytes) -> None:
    with pytest.raises(ServerFailed, match="Service Unavailable") as caught:
        answer(503, content)
    assert caught.value.problem.status == 503
