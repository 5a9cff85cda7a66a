from __future__ import annotations

from fastapi import APIRouter

from server.access import Administrator, Reader
from server.parts import PartsOf, Reading, Writing
from server.schemas import Page
from server.storage import service
from server.storage.schemas import DiskSnapshot, NewStorageQuota, StorageSnapshot, StorageUse

router = APIRouter(tags=["storage"])


@router.get("/storage")
async def list_storage(actor: Reader, session: Reading) -> Page[StorageSnapshot]:
    """What each project has in the artifact store."""
    return await service.page(session, actor)


@router.get("/storage/disk")
async def get_disk(actor: Reader, parts: PartsOf) -> DiskSnapshot:
    """How much room the server's disk has left."""
    return service.disk(parts.settings)


@router.get("/projects/{project_id}/storage")
async def get_storage(project_id: str, actor: Reader, session: Reading) -> StorageUse:
    """What a project has in the artifact store, by kind, and which runs have most of it."""
    return await service.use(session, project_id)


@router.put("/projects/{project_id}/storage-quota")
async def set_storage_quota(
    project_id: str, body: NewStorageQuota, actor: Administrator, session: Writing
) -> StorageSnapshot:
    """Say how much a project may have in the artifact store."""
    return await service.set_quota(session, project_id, body)
