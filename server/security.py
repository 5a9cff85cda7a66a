"""Checks and headers that every request and every answer passes, whatever its route."""

from __future__ import annotations

from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from server.audit_log.recorder import Acting, acting
from server.errors import problem_response
from server.identifiers import new_id
from server.settings import Settings

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

        if complaint := self._complaint(scope["method"], Headers(scope=scope)):
            response = problem_response(Request(scope), 403, "forbidden", complaint)
            await response(scope, receive, send_with_headers)
        else:
            client = scope.get("client") or ("", 0)
            with acting(Acting(address=client[0], request_id=scope["request_id"])):
                await self._app(scope, receive, send_with_headers)

    def _complaint(self, method: str, headers: Headers) -> str | None:
        host = headers.get("host", "")
        if _name(host) not in self._hosts:
            return f"The host {host!r} is not known here; add it to PRISM_ALLOWED_HOSTS."
        if method in SAFE_METHODS:
            return None
        origin = headers.get("origin")
        if origin is not None and urlsplit(origin).netloc != host:
            return "The request comes from another site."
        if origin is None and "cookie" in headers and "authorization" not in headers:
            return "A request with a session must carry its Origin."
        return None


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
