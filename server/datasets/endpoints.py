from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Header, Query, Response, status

from server.access import Launcher, Reader
from server.datasets import service
from server.datasets.schemas import DatasetPreview, DatasetSnapshot, NewDataset
from server.parts import PartsOf, Reading
from server.schemas import Page
from server.storage.disk import Room

router = APIRouter(prefix="/datasets", tags=["datasets"])


@router.get("")
async def list_datasets(
    actor: Reader,
    session: Reading,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    after: str | None = None,
) -> Page[DatasetSnapshot]:
    """Registered data sets."""
    return await service.page(session, limit, after)


@router.post("", status_code=status.HTTP_201_CREATED, dependencies=[Room])
async def register_dataset(
    body: NewDataset,
    response: Response,
    parts: PartsOf,
    actor: Launcher,
    idempotency_key: Annotated[str | None, Header(max_length=200)] = None,
) -> DatasetSnapshot:
    """Inspect a data set and make it known by a name."""
    dataset = await service.register(parts, body, actor, idempotency_key)
    response.headers["Location"] = f"/api/v1/datasets/{dataset.id}"
    return dataset


@router.get("/{dataset_id}")
async def get_dataset(dataset_id: str, actor: Reader, session: Reading) -> DatasetSnapshot:
    """A registered data set."""
    return await service.get(session, dataset_id)


@router.get("/{dataset_id}/preview")
async def preview_dataset(dataset_id: str, actor: Reader, session: Reading) -> DatasetPreview:
    """The first rows; their images are artifacts."""
    return await service.preview(session, dataset_id)
