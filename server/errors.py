"""What can go wrong, and how it reaches a client: always as an RFC 9457 problem.

PrismError
├── Unauthenticated      401  nobody is signed in
├── WrongSecret          401  a password, or the secret of a link, opens nothing
├── Forbidden            403  the role lacks a permission, or the request came from elsewhere
├── NotFound             404  no such thing, or none that this actor may see
├── Conflict             409  the present state does not allow it
│   ├── IllegalTransition     a run cannot go from its state to the one asked for
│   └── Superseded            a newer attempt exists
├── TooLarge             413
├── Invalid              422  fields are wrong; each is named with its remedy
├── ContractMismatch     426  worker and server are of different versions
├── ProviderFailed       502  the OpenID Connect provider gave no good answer
├── TooManyRequests      429  too many sign-ins failed; Retry-After says when to try again
├── NoRoom               507  the disk is full, or a project's quota of artifacts is used
├── NotReady             503  the server starts, stops, or has no database now
├── Unreadable           500  a secret was sealed under another key file
└── CannotStart          the server refuses to start; the message says what to change
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Literal, cast

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from sqlalchemy.exc import IntegrityError
from starlette.exceptions import HTTPException

from server.schemas import FieldProblem, Problem

log = structlog.get_logger()


class PrismError(Exception):
    """Anything that this package raises on purpose."""

    status = HTTPStatus.INTERNAL_SERVER_ERROR
    code = "internal"

    def __init__(self, detail: str, errors: Sequence[FieldProblem] = ()) -> None:
        self.detail = detail
        self.errors = list(errors)
        super().__init__(detail)


class Unauthenticated(PrismError):
    """Nobody is signed in."""

    status = HTTPStatus.UNAUTHORIZED
    code = "unauthenticated"

    def __init__(self) -> None:
        super().__init__("Sign in, or send a valid token.")


class WrongSecret(PrismError):
    """What was given opens nothing; the answer does not say whether the account exists."""

    status = HTTPStatus.UNAUTHORIZED
    code = "wrong_secret"

    def __init__(self, kind: Literal["link", "password"]) -> None:
        remedies = {
            "link": "This link has expired or was used before; ask for a new one.",
            "password": "Name and password do not belong together.",
        }
        super().__init__(remedies[kind])


class Forbidden(PrismError):
    """The actor is known but may not do this."""

    status = HTTPStatus.FORBIDDEN
    code = "forbidden"


class NotFound(PrismError):
    """There is no such thing."""

    status = HTTPStatus.NOT_FOUND
    code = "not_found"

    def __init__(self, what: str, name: str) -> None:
        super().__init__(f"There is no {what} {name}.")


class Conflict(PrismError):
    """The present state does not allow it."""

    status = HTTPStatus.CONFLICT
    code = "conflict"


class IllegalTransition(Conflict):
    """A run cannot go from its state to the one asked for."""

    code = "illegal_transition"

    def __init__(self, run: str, current_state: str, wanted: str) -> None:
        super().__init__(f"Run {run} is {current_state} and cannot become {wanted}.")


class Superseded(Conflict):
    """A newer attempt of the run exists, so this one may no longer change it."""

    code = "superseded"

    def __init__(self, attempt: int, newest: int) -> None:
        super().__init__(f"Attempt {attempt} was superseded by attempt {newest}.")


class TooLarge(PrismError):
    """More bytes or pixels than are allowed."""

    status = HTTPStatus.REQUEST_ENTITY_TOO_LARGE
    code = "too_large"


class Invalid(PrismError):
    """Fields are wrong; `errors` names each with its remedy."""

    status = HTTPStatus.UNPROCESSABLE_ENTITY
    code = "invalid"


class ContractMismatch(PrismError):
    """Worker and server would misunderstand each other."""

    status = HTTPStatus.UPGRADE_REQUIRED
    code = "contract_mismatch"

    def __init__(self, theirs: int | None, ours: int) -> None:
        spoken = "no contract version" if theirs is None else f"contract {theirs}"
        super().__init__(
            f"The worker speaks {spoken}, this server contract {ours}: "
            "install the same release of prism-control on both."
        )


class TooManyRequests(PrismError):
    """Somebody has to wait."""

    status = HTTPStatus.TOO_MANY_REQUESTS
    code = "too_many_requests"

    def __init__(self, retry_after: int) -> None:
        self.retry_after = retry_after
        super().__init__(f"Too many sign-ins failed; wait {retry_after} seconds.")


class ProviderFailed(PrismError):
    """The OpenID Connect provider gave no good answer, or not to what was asked."""

    status = HTTPStatus.BAD_GATEWAY
    code = "provider_failed"

    def __init__(self, reason: str) -> None:
        super().__init__(f"The sign-in by the provider failed: {reason}.")


class Unreadable(PrismError):
    """A secret was sealed under another key file, for another owner, or is damaged."""

    code = "unreadable"

    def __init__(self, owner: str) -> None:
        super().__init__(f"The secret of {owner} does not open with this installation's key.")


class NotReady(PrismError):
    """Requests had better go elsewhere for now."""

    status = HTTPStatus.SERVICE_UNAVAILABLE
    code = "not_ready"


class NoRoom(PrismError):
    """Nothing new is begun or stored here."""

    status = HTTPStatus.INSUFFICIENT_STORAGE
    code = "no_room"


class CannotStart(PrismError):
    """The server refuses to start; the message says what to change."""

    code = "cannot_start"


def problem_response(
    request: Request,
    status: int,
    code: str,
    detail: str,
    errors: Sequence[FieldProblem] = (),
    headers: Mapping[str, str] | None = None,
) -> JSONResponse:
    """Build the answer to a request that went wrong."""
    problem = Problem(
        title=HTTPStatus(status).phrase,
        status=status,
        detail=detail,
        code=code,
        errors=list(errors),
        request_id=request.scope.get("request_id", ""),
    )
    challenge = {"WWW-Authenticate": "Bearer"} if status == HTTPStatus.UNAUTHORIZED else {}
    return JSONResponse(
        problem.model_dump(mode="json"),
        status_code=status,
        media_type="application/problem+json",
        headers=challenge | dict(headers or {}),
    )


def _field_problem(detail: dict[str, object]) -> FieldProblem:
    # The first part of a location says where the value stood: body, query, path or header.
    location = cast("tuple[str | int, ...]", detail["loc"])[1:]
    return FieldProblem(field=".".join(map(str, location)), message=str(detail["msg"]))


async def _on_prism_error(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, PrismError)
    wait = error.retry_after if isinstance(error, TooManyRequests) else None
    headers = {} if wait is None else {"Retry-After": str(wait)}
    return problem_response(request, error.status, error.code, error.detail, error.errors, headers)


async def _on_invalid_request(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)
    problems = [_field_problem(detail) for detail in error.errors()]
    summary = "; ".join(f"{problem.field}: {problem.message}" for problem in problems)
    return problem_response(request, 422, "invalid", summary, problems)


async def _on_http_error(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)
    code = HTTPStatus(error.status_code).name.lower()
    return problem_response(request, error.status_code, code, str(error.detail))


async def _on_collision(request: Request, error: Exception) -> JSONResponse:
    detail = "Somebody else did the same in this moment; look at what is there, then try again."
    return problem_response(request, 409, "conflict", detail)


def mistake_response(request: Request, error: Exception) -> JSONResponse:
    """Log what we did not foresee, and build an answer that tells nothing of it."""
    log.error("request failed", path=request.url.path, exc_info=error)
    detail = "The server made a mistake; its log has the details under this request_id."
    return problem_response(request, 500, "internal", detail)


async def _on_mistake(request: Request, error: Exception) -> JSONResponse:
    return mistake_response(request, error)


def install_error_handlers(app: FastAPI) -> None:
    """Have every error answered with a problem document."""
    app.add_exception_handler(PrismError, _on_prism_error)
    app.add_exception_handler(RequestValidationError, _on_invalid_request)
    app.add_exception_handler(HTTPException, _on_http_error)
    app.add_exception_handler(IntegrityError, _on_collision)
    app.add_exception_handler(Exception, _on_mistake)
