"""A real HTTP server that keeps what is posted to it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import repeat
from typing import Any

from server.webhooks.signing import signature


@dataclass(frozen=True)
class Request:
    """One request as it came."""

    headers: dict[str, str]
    body: bytes

    @property
    def content(self) -> Any:
        return json.loads(self.body)

    def is_signed_by(self, secret: str) -> bool:
        moment = int(self.headers["webhook-timestamp"])
        signed = signature(secret, self.headers["webhook-id"], moment, self.body)
        return self.headers["webhook-signature"] == signed


@dataclass
class Receiver:
    """Answers with these statuses in turn."""

    statuses: Iterator[int] = field(default_factory=lambda: repeat(204))
    requests: list[Request] = field(default_factory=list)
    url: str = ""

    def of(self, topic: str) -> list[Any]:
        """The data of what came of a topic, in the order of what it says."""
        found = [r.content for r in self.requests if r.content["type"] == topic]
        return [content["data"] for content in sorted(found, key=lambda c: c["timestamp"])]

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode().splitlines()
        headers = dict(line.lower().split(": ", 1) for line in head[1:] if line)
        raw = dict(line.split(": ", 1) for line in head[1:] if line)
        body = await reader.readexactly(int(headers["content-length"]))
        self.requests.append(Request({name.lower(): raw[name] for name in raw}, body))
        status = next(self.statuses)
        where = f"Location: {self.url}\r\n" if status == 302 else ""
        writer.write(f"HTTP/1.1 {status} x\r\n{where}Content-Length: 0\r\n\r\n".encode())
        await writer.drain()
        writer.close()


@asynccontextmanager
async def receiving(*statuses: int) -> AsyncIterator[Receiver]:
    receiver = Receiver(iter(statuses) if statuses else repeat(204))
    server = await asyncio.start_server(receiver.answer, "127.0.0.1", 0)
    receiver.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/hook?x=1"
    async with server:
        yield receiver
