from __future__ import annotations

from hashlib import sha256
from io import BytesIO

from PIL import Image

from tests.server.world import World


def png(side: int = 8, kind: str = "PNG") -> bytes:
    content = BytesIO()
    Image.new("RGB", (side, side), "red").save(content, kind)
    return content.getvalue()


async def put(world: World, content: bytes, digest: str | None = None) -> int:
    digest = digest or sha256(content).hexdigest()
    response = await world.worker.put(f"/worker/artifacts/{digest}", content=content)
    return response.status_code


async def test_an_image_comes_back_as_it_was_and_may_be_kept(world: World) -> None:
    content = png()
    digest = sha256(content).hexdigest()
    assert (await world.worker.head(f"/worker/artifacts/{digest}")).status_code == 404
    assert await put(world, content) == 204
    assert await put(world, content) == 204
    assert (await world.worker.head(f"/worker/artifacts/{digest}")).status_code == 204
    response = await world.admin.get(f"/artifacts/{digest}")
    assert response.content == content
    assert response.headers["content-type"] == "image/png"
    assert "immutable" in response.headers["cache-control"]
    assert response.headers["x-content-type-options"] == "nosniff"
    assert response.headers["content-security-policy"] == "default-src 'none'; sandbox"


async def test_what_is_not_what_it_says_is_refused(world: World) -> None:
    assert await put(world, png(), "a" * 64) == 422
    assert await put(world, b"<script>alert(1)</script>") == 422
    assert await put(world, png(kind="JPEG")) == 422
    assert await put(world, png()[:40]) == 422
    assert await put(world, png(1025)) == 413
    assert await put(world, b"x" * (8 * 2**20 + 1)) == 413
    assert (await world.admin.get("/artifacts/" + "a" * 64)).status_code == 404


async def test_a_path_can_only_be_a_hash(world: World) -> None:
    for name in ("../../key", "A" * 64, "a" * 63, "%2e%2e%2fkey", "a" * 64 + "%00"):
        response = await world.admin.get(f"/artifacts/{name}")
        assert response.status_code in (404, 422), name
