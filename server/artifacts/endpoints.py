from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Response

from server.access import Reader
from server.artifacts import service
from server.parts import PartsOf

router = APIRouter(prefix="/artifacts", tags=["artifacts"])

Digest = Annotated[str, Path(pattern=r"^[0-9a-f]{64}$", description="sha256 of the content")]


@router.get("/{digest}", response_class=Response, responses={200: {"content": {"image/png": {}}}})
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
