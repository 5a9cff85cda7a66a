"""Reads JSON bodies several times as fast as the standard library does."""

from __future__ import annotations

import json
from collections.abc import Callable, Coroutine
from typing import Any

from fastapi import Request, Response
from fastapi.routing import APIRoute
from pydantic_core import from_json


class _JSONRequest(Request):
    async def json(self) -> Any:
        body = await self.body()
        try:
            return from_json(body)
        except ValueError:
            # Half a surrogate pair is none that can be stored, but its event is to be put aside
            # with a reason, and not its whole batch.
            return json.loads(body)


class JSONRoute(APIRoute):
    """A route whose requests carry much JSON."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Wrap FastAPI's own handler."""
        handle = super().get_route_handler()

        async def handle_json(request: Request) -> Response:
            return await handle(_JSONRequest(request.scope, request.receive))

        return handle_json
