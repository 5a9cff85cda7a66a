"""Images that people upload to ask a policy about."""

from __future__ import annotations

import struct
import zlib
from datetime import timedelta
from hashlib import sha256
from io import BytesIO
from typing import Any

from PIL import Image
from PIL.PngImagePlugin import PngInfo
from sqlalchemy import select

from server.database import clock
from server.retention.discards import empty_discards
from server.tables import Discard
from tests.server.world import SFT, Lease, World, good

QUESTION = {"kind": "ask", "policy": {"model": "tiny"}, "question": "How many?"}


def photo(kind: str = "JPEG", size: tuple[int, int] = (40, 20), **options: Any) -> bytes:
    """A file whose left half is red."""
    image = Image.new("RGB", size, "white")
    image.paste("red", (0, 0, size[0] // 2, size[1]))
    content = BytesIO()
    image.save(content, kind, **options)
    return content.getvalue()


def chunk(kind: bytes, data: bytes) -> bytes:
    """A part of a PNG."""
    body = kind + data
    return struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body))


async def upload(world: World, content: bytes) -> Any:
    project = await world.default_project()
    return good(await world.admin.post(f"/projects/{project}/images", content=content))


async def kept(world: World, digest: str) -> Image.Image:
    response = await world.admin.get(f"/artifacts/{digest}")
    assert sha256(response.content).hexdigest() == digest
    return Image.open(BytesIO(response.content))


async def test_an_upload_is_kept_upright_and_without_what_is_no_picture(world: World) -> None:
    turned = Image.Exif()
    turned[0x0112] = 6  # The camera was held upright: a quarter turn clockwise shows it.
    turned[0x010F] = "a maker"
    made = await upload(world, photo(exif=turned))
    assert (made["width"], made["height"]) == (20, 40)
    image = await kept(world, made["digest"])
    assert (image.format, image.size, image.mode) == ("PNG", (20, 40), "RGB")
    top, bottom = image.getpixel((10, 5)), image.getpixel((10, 35))
    assert (top[0] > 240, top[1] < 20, min(bottom) > 240) == (True, True, True)
    assert dict(image.getexif()) == {}

    said = PngInfo()
    said.add_text("Comment", "where it was taken")
    made = await upload(world, photo("PNG", pnginfo=said))
    assert (await kept(world, made["digest"])).text == {}
    assert (await upload(world, photo("WEBP", lossless=True)))["width"] == 40


async def test_a_large_upload_is_made_smaller(world: World) -> None:
    made = await upload(world, photo(size=(4096, 64)))
    assert (made["width"], made["height"]) == (2048, 32)


async def test_what_cannot_be_shown_is_refused_with_the_reason(world: World) -> None:
    path = f"/projects/{await world.default_project()}/images"

    async def refused(content: bytes) -> tuple[int, str]:
        response = await world.admin.post(path, content=content)
        return response.status_code, response.json()["detail"]

    for content in (b"", b"<svg></svg>", photo()[:300], photo("GIF"), photo("BMP")):
        status, detail = await refused(content)
        assert status == 422
        assert "not a PNG, JPEG or WebP image that can be decoded" in detail
    size = struct.pack(">IIBBBBB", 6000, 5000, 1, 0, 0, 0, 0)
    pixels = zlib.compress(bytes(6000 * 751))
    wide = chunk(b"IHDR", size) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")
    status, detail = await refused(b"\x89PNG\r\n\x1a\n" + wide)
    assert (status, "at most 25,000,000 pixels, and this one has 6000 x 5000" in detail) == (
        413, True,
    )  # fmt: skip
    status, detail = await refused(b"x" * (16 * 2**20 + 1))
    assert (status, "at most 16777216 bytes" in detail) == (413, True)


async def test_an_upload_that_nobody_asks_about_goes_after_a_day(world: World) -> None:
    unasked = (await upload(world, photo()))["digest"]
    asked = (await upload(world, photo("PNG")))["digest"]
    pipeline = await world.launch(question=QUESTION | {"images": [asked]})

    async def look(later: timedelta) -> list[int]:
        parts = world.parts
        await empty_discards(parts.database, parts.artifacts, parts.checkpoints, -later)
        found = [await world.admin.get(f"/artifacts/{digest}") for digest in (unasked, asked)]
        return [response.status_code for response in found]

    assert await look(timedelta(hours=23)) == [200, 200]
    assert await look(timedelta(hours=25)) == [404, 200]

    good(await world.admin.post(f"/pipelines/{pipeline['id']}/cancel"))
    good(await world.admin.delete(f"/pipelines/{pipeline['id']}"))
    async with world.parts.database.reading() as session:
        due = (await session.scalars(select(Discard.created_at))).one()
        assert due <= await clock(session)
    assert await look(timedelta(minutes=1)) == [404, 404]


async def test_a_question_is_claimed_with_its_image_and_its_checkpoint(world: World) -> None:
    digest = (await upload(world, photo()))["digest"]
    await world.launch(sft=SFT)
    await (await world.claim()).succeed()
    trained = good(await world.admin.get("/runs"))["data"][0]["id"]
    (checkpoint,) = good(await world.admin.get(f"/runs/{trained}/checkpoints"))["data"]
    asked = QUESTION | {"policy": {"checkpoint": checkpoint["id"]}, "images": [digest, digest]}
    pipeline = await world.launch(before=QUESTION | {"images": [digest]}, after=asked)

    before, after = await world.claim(), await world.claim()
    place = f"images/{digest[:2]}/{digest}"
    inputs = {entry["role"]: entry for entry in after.claimed["inputs"]}
    assert {role: entry["location"] for role, entry in inputs.items()} == {
        "images": place,
        "policy": f"file:///store/{trained}/10-exported-policy",
    }
    assert after.claimed["recipe"]["runs"]["after"]["images"] == [digest, digest]
    assert [entry["kind"] for entry in before.claimed["inputs"]] == ["image", "model"]
    await finish(before)
    await finish(after)
    assert await world.states(pipeline) == {"before": "succeeded", "after": "succeeded"}

    listed = good(await world.admin.get("/runs"))["data"]
    assert [run["name"] for run in listed] == ["sft"]
    for text in ("kind = ask", f"id in ({','.join([before.run_id, after.run_id])})"):
        asked_for = good(await world.admin.get("/runs", params={"filter": text}))["data"]
        assert {run["id"] for run in asked_for} == {before.run_id, after.run_id}


async def finish(lease: Lease) -> None:
    await lease.start()
    await lease.step(1)
    await lease.exit()


async def test_what_a_question_names_must_be_there_for_who_asks(world: World) -> None:
    digest = (await upload(world, photo()))["digest"]
    await world.launch(sft=SFT)
    await (await world.claim()).succeed()
    trained = good(await world.admin.get("/runs"))["data"][0]["id"]
    (checkpoint,) = good(await world.admin.get(f"/runs/{trained}/checkpoints"))["data"]
    theirs = await world.new_project("theirs")
    stranger = await world.person("stranger", {theirs: "member"})

    async def problems(client: Any, **settings: Any) -> dict[str, str]:
        recipe = {"name": "q", "runs": {"after": QUESTION | {"images": [digest]} | settings}}
        body = {"recipe": recipe, "project_id": theirs}
        response = await client.post("/pipelines", json=body)
        assert response.status_code == 422
        return {entry["field"]: entry["message"] for entry in response.json()["errors"]}

    policy = {"checkpoint": checkpoint["id"]}
    found = await problems(stranger, policy=policy)
    assert "there is no checkpoint" in found["runs.after.policy.checkpoint"]
    found = await problems(world.admin, discriminator=policy)
    assert "name an exported discriminator" in found["runs.after.discriminator.checkpoint"]
    found = await problems(world.admin, images=[digest, "a" * 64])
    assert list(found) == ["runs.after.images.1"]
    assert "/projects/{project_id}/images" in found["runs.after.images.1"]
    viewer = await world.person("viewer", {theirs: "viewer"})
    path = f"/projects/{theirs}/images"
    assert (await viewer.post(path, content=photo())).status_code == 403
    ours = f"/projects/{await world.default_project()}/images"
    assert (await stranger.post(ours, content=photo())).status_code == 404
