"""What can go wrong between a client and its server.

PrismError
├── NoServer              nobody said where the server is
├── ServerUnreachable     no answer: not started, wrong address, no network
└── Answered              an answer, but not the one asked for; `problem` is its body
    ├── ServerFailed      5xx: the server's mistake
    └── Refused           4xx: the server will not do this
        ├── NotSignedIn       401: no token, or one that is no longer good
        ├── Forbidden         403: the token may not do this
        ├── NotFound          404
        ├── Conflict          409: the state does not allow it
        ├── Invalid           422: `problems` names each field and its remedy
        ├── ContractMismatch  426: client and server are of different versions
        └── NoRoom            507: the disk is full, or a quota is used; waiting helps nobody
"""

from __future__ import annotations

import httpx
from pydantic import BaseModel, ConfigDict


class FieldProblem(BaseModel):
    """One field that was refused, and what to do about it."""

    model_config = ConfigDict(extra="ignore")

    field: str
    message: str


class Problem(BaseModel):
    """The body of every error answer (RFC 9457)."""

    model_config = ConfigDict(extra="ignore")

    title: str = ""
    status: int
    detail: str = ""
    code: str = ""
    errors: list[FieldProblem] = []
    request_id: str | None = None


class PrismError(Exception):
    """Anything that this package raises on purpose."""


class NoServer(PrismError):
    """Neither PRISM_URL nor a local server says where to go."""


class ServerUnreachable(PrismError):
    """The server gave no answer."""


class Answered(PrismError):
    """The server answered, but not with what was asked for."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        super().__init__(problem.detail or problem.title or f"HTTP status {problem.status}")


class ServerFailed(Answered):
    """The server could not do what it should have done."""


class Refused(Answered):
    """The server will not do this."""


class NotSignedIn(Refused):
    """The token is missing or no longer good."""


class Forbidden(Refused):
    """The token may not do this."""


class NotFound(Refused):
    """There is no such thing, or none that this token may see."""


class Conflict(Refused):
    """The present state does not allow it."""


class Invalid(Refused):
    """What was sent is not right."""

    @property
    def problems(self) -> list[FieldProblem]:
        return self.problem.errors


class ContractMismatch(Refused):
    """Client and server are of different versions."""


class NoRoom(Refused):
    """Nothing new is begun or stored there."""


REFUSALS: dict[int, type[Refused]] = {
    401: NotSignedIn,
    403: Forbidden,
    404: NotFound,
    409: Conflict,
    422: Invalid,
    426: ContractMismatch,
    507: NoRoom,
}


def raise_for_problem(response: httpx.Response) -> None:
    """Raise the error that an answer of 4xx or 5xx stands for."""
    if response.status_code < 400:
        return
    problem = _problem(response)
    if response.status_code >= 500 and response.status_code not in REFUSALS:
        raise ServerFailed(problem)
    raise REFUSALS.get(response.status_code, Refused)(problem)


def _problem(response: httpx.Response) -> Problem:
    """Read the body. What has none, as an answer to HEAD, or another, as a proxy's own page has, is
    named by its status.
    """
    try:
        return Problem.model_validate({"status": response.status_code} | response.json())
    except (ValueError, TypeError):
        return Problem(status=response.status_code, title=response.reason_phrase)
