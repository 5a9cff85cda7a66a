from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

from PIL import Image
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from server.artifacts import repository
from server.errors import Invalid, TooLarge
from server.schemas import FieldProblem

if TYPE_CHECKING:
    from server.parts import Parts

LARGEST_SIDE = 1024
LARGEST_BYTES = 8 * 2**20


async def require(session: AsyncSession, digest: str) -> None:
    await repository.find(session, digest)


async def read(parts: Parts, digest: str) -> bytes:
    async with parts.database.reading() as session:
        await repository.find(session, digest)
    return await parts.artifacts.read(digest)


async def store(
    parts: Parts, digest: str, body: AsyncIterator[bytes], project_id: str | None
) -> None:
    await _store(parts, digest, await _read_within_limit(body), project_id)


async def store_file(parts: Parts, digest: str, path: Path) -> None:
    """Store an image that our own engine wrote."""
    await _store(parts, digest, await asyncio.to_thread(path.read_bytes))


async def _store(parts: Parts, digest: str, content: bytes, project_id: str | None = None) -> None:
    if sha256(content).hexdigest() != digest:
        raise _invalid("the content's sha256 is another; send the file as it is")
    await asyncio.to_thread(_check_image, content)
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


async def _read_within_limit(body: AsyncIterator[bytes]) -> bytes:
    content = bytearray()
    async for chunk in body:
        content += chunk
        if len(content) > LARGEST_BYTES:
            raise TooLarge(f"An artifact has at most {LARGEST_BYTES} bytes.")
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


def _invalid(message: str) -> Invalid:
    return Invalid(
        f"The artifact was refused: {message}.", [FieldProblem(field="body", message=message)]
    )
