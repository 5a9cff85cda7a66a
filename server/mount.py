"""Serving below a path, such as https://example.org/prism."""

from __future__ import annotations

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send


class Mounted:
    """ASGI middleware: the server's own paths begin behind `prefix`.

    Some proxies take the prefix off and some do not: a request is understood with it and without.
    Where an answer points, the prefix is always put before.
    """

    def __init__(self, app: ASGIApp, prefix: str) -> None:
        self._app = app
        self._prefix = prefix

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def send_with_prefix(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                if headers.get("location", "").startswith("/"):
                    headers["location"] = self._prefix + headers["location"]
            await send(message)

        await self._app(self._within(scope), receive, send_with_prefix)

    def _within(self, scope: Scope) -> Scope:
        path = scope["path"]
        if path != self._prefix and not path.startswith(f"{self._prefix}/"):
            return scope
        raw = scope.get("raw_path") or path.encode()
        cut = len(self._prefix)
        return {**scope, "path": path[cut:] or "/", "raw_path": raw[cut:] or b"/"}
