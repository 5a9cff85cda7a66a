from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Path, Request, Response, status

from server.access import Launcher, Reader
from server.artifacts import service
from server.artifacts.schemas import UploadedImage
from server.parts import PartsOf
from server.storage.disk import Room

router = APIRouter(tags=["artifacts"])

Digest = Annotated[str, Path(pattern=r"^[0-9a-f]{64}$", description="sha256 of the content")]

IMAGE_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "description": "A PNG, JPEG or WebP file",
        "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
    }
}


@router.get(
    "/artifacts/{digest}",
    response_class=Response,
    responses={200: {"content": {"image/png": {}}}},
)
async def get_artifact(digest: Digest, parts: PartsOf, actor: Reader) -> Response:
    """An image by its hash."""
    content = await service.read(parts, digest)
    # The name is the content's hash, so a copy can never be out of date. The policy keeps a
    # browser from running anything, should a file ever turn out to be more than an image.
    headers = {
        "Cache-Control": "private, max-age=31536000, immutable",
        "Content-Security-Policy": "default-src 'none'; sandbox",
        "Content-Disposition": f'inline; filename="{digest}.png"',
    }
    return Response(content, media_type="image/png", headers=headers)


@router.post(
    "/projects/{project_id}/images",
    status_code=status.HTTP_201_CREATED,
    dependencies=[Room],
    openapi_extra=IMAGE_BODY,
)
async def upload_image(
    project_id: str, request: Request, parts: PartsOf, actor: Launcher
) -> UploadedImage:
    """Upload an image to ask a policy about, by a run of the kind ask.

    It is kept as a PNG of at most 2048 pixels a side, and removed after a day if no run names it.
    """
    return await service.upload(parts, project_id, request.stream())
