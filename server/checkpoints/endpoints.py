from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, status
from fastapi.responses import StreamingResponse

from server.access import Launcher, Reader
from server.checkpoints import service
from server.checkpoints.schemas import CheckpointSnapshot, NamedCheckpoint, Promotion
from server.parts import PartsOf, Reading, Writing
from server.schemas import Page

router = APIRouter(tags=["checkpoints"])

CheckpointAlias = Annotated[
    str, Path(pattern=r"^[a-z0-9][a-z0-9._-]{0,62}$", description="Such as best")
]


@router.get("/runs/{run_id}/checkpoints")
async def list_checkpoints(
    run_id: str, actor: Reader, session: Reading
) -> Page[CheckpointSnapshot]:
    """Checkpoints of a run, newest first."""
    return await service.page(session, run_id)


@router.get("/checkpoints/{checkpoint_id}")
async def get_checkpoint(checkpoint_id: str, actor: Reader, session: Reading) -> CheckpointSnapshot:
    """A checkpoint."""
    return await service.get(session, checkpoint_id)


@router.get(
    "/checkpoints/{checkpoint_id}/archive",
    response_class=StreamingResponse,
    responses={200: {"content": {"application/x-tar": {}}}},
)
async def download_checkpoint(
    checkpoint_id: str, parts: PartsOf, actor: Reader
) -> StreamingResponse:
    """All files of a durable checkpoint, its manifest among them, as a tar archive."""
    name, archive = await service.archive(parts, checkpoint_id)
    headers = {
        "Content-Length": str(archive.size),
        "Content-Disposition": f'attachment; filename="{name}.tar"',
        "Cache-Control": "private, no-store",
    }
    content = parts.checkpoints.send(archive)
    return StreamingResponse(content, media_type="application/x-tar", headers=headers)


@router.get("/projects/{project_id}/checkpoints")
async def list_named_checkpoints(
    project_id: str, actor: Reader, session: Reading
) -> Page[NamedCheckpoint]:
    """Checkpoints that were given a name in a project, by their names."""
    return await service.named(session, project_id)


@router.put("/projects/{project_id}/checkpoints/{checkpoint_name}")
async def promote_checkpoint(
    project_id: str,
    checkpoint_name: CheckpointAlias,
    body: Promotion,
    actor: Launcher,
    session: Writing,
) -> NamedCheckpoint:
    """Give a checkpoint a name in its project; whichever had the name before loses it."""
    return await service.promote(session, project_id, checkpoint_name, body.checkpoint_id, actor)


@router.delete(
    "/projects/{project_id}/checkpoints/{checkpoint_name}",
    status_code=status.HTTP_204_NO_CONTENT,
)
async def demote_checkpoint(
    project_id: str, checkpoint_name: CheckpointAlias, actor: Launcher, session: Writing
) -> None:
    """Take a name away; the checkpoint stays."""
    await service.demote(session, project_id, checkpoint_name)
