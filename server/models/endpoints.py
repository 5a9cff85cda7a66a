from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Header, Query, Response, status

from server.access import Launcher, Reader
from server.models import service
from server.models.schemas import ModelSnapshot, NewModel
from server.parts import PartsOf, Reading
from server.schemas import Page
from server.storage.disk import Room

router = APIRouter(prefix="/models", tags=["models"])


@router.get("")
async def list_models(
    actor: Reader,
    session: Reading,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    after: str | None = None,
) -> Page[ModelSnapshot]:
    """Registered models."""
    return await service.page(session, limit, after)


@router.post("", status_code=status.HTTP_201_CREATED, dependencies=[Room])
async def register_model(
    body: NewModel,
    response: Response,
    parts: PartsOf,
    actor: Launcher,
    idempotency_key: Annotated[str | None, Header(max_length=200)] = None,
) -> ModelSnapshot:
    """Inspect a model and make it known by a name."""
    model = await service.register(parts, body, actor, idempotency_key)
    response.headers["Location"] = f"/api/v1/models/{model.id}"
    return model


@router.get("/{model_id}")
async def get_model(model_id: str, actor: Reader, session: Reading) -> ModelSnapshot:
    """A registered model."""
    return await service.get(session, model_id)
