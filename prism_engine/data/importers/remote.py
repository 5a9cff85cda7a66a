"""Pictures on the network, where somebody allowed to fetch them: from public addresses alone."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import httpx

from prism_engine.contract.addresses import Network
from prism_engine.data.importers.refusal import RefusedRow
from prism_engine.errors import ForbiddenAddress
from prism_engine.guard import GuardedTransport

PATIENCE_SECONDS = 20


class RemotePictures:
    """Fetches one picture at a time. A redirection is not followed: it could lead anywhere."""

    def __init__(self, allowed: Sequence[Network] = ()) -> None:
        self._allowed = allowed

    def __call__(self, url: str, most: int) -> bytes:
        """The bytes. Raises `RefusedRow` if there are more than `most`, or none to be had."""
        if not url.lower().startswith(("http://", "https://")):
            raise RefusedRow("image_remote", f"{url[:200]!r} is no address of the web")
        try:
            return asyncio.run(self._fetched(url, most))
        except (httpx.HTTPError, httpx.InvalidURL, ForbiddenAddress, TimeoutError) as error:
            raise RefusedRow("image_remote", f"{url[:200]!r}: {error!r}") from error

    async def _fetched(self, url: str, most: int) -> bytes:
        content = bytearray()
        transport = GuardedTransport(self._allowed, httpx.Limits(max_connections=1))
        async with (
            asyncio.timeout(PATIENCE_SECONDS),
            httpx.AsyncClient(transport=transport) as client,
            client.stream("GET", url) as answer,
        ):
            if answer.status_code != 200:
                raise RefusedRow("image_remote", f"{url[:200]!r} answers {answer.status_code}")
            async for part in answer.aiter_bytes():
                content += part
                if len(content) > most:
                    raise RefusedRow("image_too_large", f"{url[:200]!r} has over {most:,} bytes")
        return bytes(content)
