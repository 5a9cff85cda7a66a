"""Checks and headers that every request and every answer passes, whatever its route."""

from __future__ import annotations

import re
from time import perf_counter
from urllib.parse import urlsplit

import structlog
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from server.artifacts.service import UPLOADED_BYTES
from server.audit_log.recorder import Acting, acting
from server.errors import TooLarge, mistake_response, problem_response
from server.identifiers import new_id
from server.monitoring.meters import Meters
from server.settings import Settings

log = structlog.get_logger()

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})

CONTENT_SECURITY_POLICY = "; ".join(
    [
        "default-src 'self'",
        "script-src 'self'",
        # Floating elements are placed by style attributes; a style cannot run anything.
        "style-src 'self' 'unsafe-inline'",
        "img-src 'self' data: blob:",
        "object-src 'none'",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    ]
)

SECURITY_HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}


class Guard:
    """ASGI middleware: request id, Host and Origin checks, security headers.

    The Host check ends DNS rebinding (a foreign name that resolves to this machine); the Origin
    check ends requests that another site makes a signed-in browser send.
    """

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self._app = app
        self._hosts = allowed_hosts(settings)
        here = "https" if settings.behind_tls_proxy else "http"
        self._schemes = {here, urlsplit(settings.public_url).scheme}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        scope["request_id"] = new_id("req")

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers["X-Request-Id"] = scope["request_id"]
                for name, value in SECURITY_HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        headers = Headers(scope=scope)
        if complaint := self._complaint(scope["method"], headers):
            response = problem_response(Request(scope), 403, "forbidden", complaint)
            await response(scope, receive, send_with_headers)
        elif "\0" in scope["path"] or b"%00" in scope["query_string"]:
            detail = "An address contains no NUL."
            response = problem_response(Request(scope), 422, "invalid", detail)
            await response(scope, receive, send_with_headers)
        elif _length(headers) > (largest := _largest_body(scope["path"])):
            detail = f"A request's body has at most {largest} bytes here."
            response = problem_response(Request(scope), 413, "too_large", detail)
            await response(scope, receive, send_with_headers)
        else:
            await self._answer(scope, _bounded(receive, largest), send_with_headers)

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on; a mistake of ours is answered here, so that it is logged with its
        request's ids and its answer carries the headers too.
        """
        client = scope.get("client") or ("", 0)
        began = perf_counter()
        status, seconds = 0, 0.0

        async def send_and_note(message: Message) -> None:
            nonlocal status, seconds
            if message["type"] == "http.response.start":
                status, seconds = message["status"], perf_counter() - began
                route = getattr(scope.get("route"), "path", "dashboard")
                meters: Meters = scope["app"].state.parts.meters
                meters.answered(scope["method"], route, status, seconds)
            await send(message)

        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=scope["request_id"])
        with acting(Acting(address=client[0], request_id=scope["request_id"])):
            try:
                await self._app(scope, receive, send_and_note)
            except Exception as error:
                if status:
                    raise
                await mistake_response(Request(scope), error)(scope, receive, send_and_note)
        log.debug(
            "request answered",
            method=scope["method"],
            path=scope["path"],
            status=status,
            seconds=round(seconds, 4),
        )

    def _complaint(self, method: str, headers: Headers) -> str | None:
        host = headers.get("host", "")
        if _name(host) not in self._hosts:
            return f"The host {host!r} is not known here; add it to PRISM_ALLOWED_HOSTS."
        if method in SAFE_METHODS:
            return None
        # A browser that says where a request comes from is believed when it says: elsewhere.
        if headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
            return "The request comes from another site."
        origin = headers.get("origin")
        if origin is not None and origin not in {f"{scheme}://{host}" for scheme in self._schemes}:
            return "The request comes from another site."
        if origin is None and "cookie" in headers and "authorization" not in headers:
            return "A request with a session must carry its Origin."
        return None


LARGEST_BODY = 2 * 2**20
LARGEST_REPORT = 64 * 2**20
"""A worker sends hundreds of events at once, and each may be of a mebibyte."""


_IMAGES = re.compile(r"/api/v1/projects/[^/]+/images")


def _largest_body(path: str) -> int:
    if path.startswith("/api/v1/worker/"):
        return LARGEST_REPORT
    return UPLOADED_BYTES if _IMAGES.fullmatch(path) else LARGEST_BODY


def _length(headers: Headers) -> int:
    said = headers.get("content-length", "0")
    return int(said) if said.isdecimal() else 0


def _bounded(receive: Receive, largest: int) -> Receive:
    """Stop reading a body that is longer than it said or may be."""
    taken = 0

    async def receive_within() -> Message:
        nonlocal taken
        message = await receive()
        taken += len(message.get("body", b""))
        if taken > largest:
            raise TooLarge(f"A request's body has at most {largest} bytes here.")
        return message

    return receive_within


def allowed_hosts(settings: Settings) -> frozenset[str]:
    """Return the host names that a request may carry."""
    named = [host.strip() for host in settings.allowed_hosts.split(",") if host.strip()]
    url_host = urlsplit(settings.public_url).hostname or ""
    return frozenset({"localhost", "127.0.0.1", "::1", settings.host, url_host, *named})


def _name(host: str) -> str:
    """Return the host without its port; a malformed one becomes a name that nobody has."""
    try:
        return urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return ""
