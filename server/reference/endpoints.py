from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request

from server.access import SignedIn
from server.openapi import document

router = APIRouter(tags=["reference"])


@router.get("/openapi.json")
async def get_openapi(request: Request, actor: SignedIn) -> dict[str, Any]:
    """This description: every path, body and answer, with examples."""
    state = request.app.state
    if not hasattr(state, "openapi"):
        state.openapi = document(request.app)
    found: dict[str, Any] = state.openapi
    return found
