from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

from PIL import Image, ImageOps
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from server.artifacts import repository
from server.artifacts.schemas import UploadedImage
from server.database import clock
from server.errors import Invalid, TooLarge
from server.schemas import FieldProblem
from server.storage.service import require_quota
from server.tables import Project

if TYPE_CHECKING:
    from server.parts import Parts

LARGEST_SIDE = 1024
LARGEST_BYTES = 8 * 2**20
UPLOADED_FORMATS = ("PNG", "JPEG", "WEBP")
UPLOADED_SIDE = 2048
"""Pixels a side of what is kept: an uploaded image is read by a model, and not only seen."""
UPLOADED_PIXELS = 25_000_000
UPLOADED_BYTES = 16 * 2**20
UNASKED = timedelta(days=1)
"""An image that no run asks about is removed after this time."""


async def require(session: AsyncSession, digest: str) -> None:
    await repository.find(session, digest)


async def read(parts: Parts, digest: str) -> bytes:
    async with parts.database.reading() as session:
        await repository.find(session, digest)
    return await parts.artifacts.read(digest)


async def store(
    parts: Parts, digest: str, body: AsyncIterator[bytes], project_id: str | None
) -> None:
    await _store(parts, digest, await _read_within_limit(body, LARGEST_BYTES), project_id)


async def store_file(parts: Parts, digest: str, path: Path) -> None:
    """Store an image that our own engine wrote."""
    await _store(parts, digest, await asyncio.to_thread(path.read_bytes))


async def upload(parts: Parts, project_id: str, body: AsyncIterator[bytes]) -> UploadedImage:
    """Keep a person's image to ask about. Raises `Invalid`, `TooLarge` or `NoRoom`."""
    content = await _read_within_limit(body, UPLOADED_BYTES)
    async with parts.database.reading() as session:
        await require_quota(session, await session.get_one(Project, project_id))
    png, (width, height) = await asyncio.to_thread(_as_png, content)
    digest = sha256(png).hexdigest()
    await _keep(parts, digest, png, project_id)
    async with parts.database.writing(patient=True) as session:
        if not await repository.is_shown(session, digest):
            await repository.await_use(session, digest, await clock(session) + UNASKED)
    return UploadedImage(digest=digest, width=width, height=height, size=len(png))


async def _store(parts: Parts, digest: str, content: bytes, project_id: str | None = None) -> None:
    if sha256(content).hexdigest() != digest:
        raise _invalid("the content's sha256 is another; send the file as it is")
    await asyncio.to_thread(_check_image, content)
    await _keep(parts, digest, content, project_id)


async def _keep(parts: Parts, digest: str, content: bytes, project_id: str | None) -> None:
    # The file first: whoever finds the row must find the file.
    await parts.artifacts.write(digest, content)
    try:
        async with parts.database.writing(patient=True) as session:
            await repository.add(session, digest, "image/png", len(content), project_id)
    except IntegrityError:
        # Another worker stored the same content in this moment, which is just as good.
        return
    # The file may have been removed, as nobody's, between the two.
    if not await parts.artifacts.exists(digest):
        await parts.artifacts.write(digest, content)


async def _read_within_limit(body: AsyncIterator[bytes], most: int) -> bytes:
    content = bytearray()
    async for chunk in body:
        content += chunk
        if len(content) > most:
            raise TooLarge(f"An image has at most {most} bytes.")
    return bytes(content)


def _check_image(content: bytes) -> None:
    try:
        # The size is read from the header before a pixel is decoded.
        with Image.open(BytesIO(content), formats=["PNG"]) as image:
            if max(image.size) > LARGEST_SIDE:
                raise TooLarge(f"An image has at most {LARGEST_SIDE} pixels a side: {image.size}.")
            image.verify()
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise _invalid(f"not a PNG image: {error}") from error


def _as_png(content: bytes) -> tuple[bytes, tuple[int, int]]:
    """What a person's file shows, upright, in RGB and without whatever else the file says."""
    try:
        with Image.open(BytesIO(content), formats=UPLOADED_FORMATS) as image:
            width, height = image.size
            if width * height > UPLOADED_PIXELS:
                raise TooLarge(
                    f"An image has at most {UPLOADED_PIXELS:,} pixels, and this one has "
                    f"{width} x {height}; make it smaller."
                )
            upright = ImageOps.exif_transpose(image).convert("RGB")
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise _invalid(f"not a PNG, JPEG or WebP image that can be decoded: {error}") from error
    upright.thumbnail((UPLOADED_SIDE, UPLOADED_SIDE))
    # What a camera wrote beside the pixels, such as a place, is nobody's business.
    upright.info.clear()
    written = BytesIO()
    upright.save(written, "PNG")
    return written.getvalue(), upright.size


def _invalid(message: str) -> Invalid:
    return Invalid(
        f"The image was refused: {message}.", [FieldProblem(field="body", message=message)]
    )
