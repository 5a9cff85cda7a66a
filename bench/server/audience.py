"""`python -m bench.server.audience`: fifty engines and a thousand browsers in one process.

It reads what to do as JSON from its input and prints what it saw as JSON. Engine and browser are of
one process so that one clock times them, and speak over plain sockets so that its own work stays
small; how late it woke itself is printed beside what it measured.
"""

from __future__ import annotations

import asyncio
import json
import random
import re
import sys
import time
from dataclasses import dataclass, field
from typing import Any

import uvloop

from bench.server.load import steps_body
from bench.server.spread import percentile

PER_SECOND = 4
"""Steps that every engine finishes in a second."""

FORWARDED_EVERY = 0.1
"""Seconds between two looks of a worker at its engine's file: `worker.forward.EVERY`."""

PATIENCE = 120.0
"""Seconds that every browser has to open its stream in, before the first step."""

DRAINING = 3.0
RECONNECTED_EVERY = (0.3, 2.0)

_EVENT = re.compile(rb"id: ([^\n]*)\nevent: metrics\ndata: ([^\n]*)\n")


@dataclass
class Seen:
    """What was measured, of all browsers together."""

    latencies: list[float] = field(default_factory=list)
    lags: list[float] = field(default_factory=list)
    gaps: int = 0
    doubles: int = 0
    steps: int = 0
    resyncs: int = 0
    closed: int = 0
    reconnected: int = 0
    opened: int = 0


class Engine:
    """Finishes steps at a steady pace, and forwards them as its worker would."""

    def __init__(self, run: dict[str, Any], token: str) -> None:
        self.run_id: str = run["run_id"]
        self.path, self.token = run["path"], token
        self.written: list[float] = [0.0]
        """When each step was written, by step."""
        self._sent = 0

    async def live(self, host: str, port: int, begins: float, until: float, phase: float) -> None:
        reader, writer = await asyncio.open_connection(host, port)
        written = begins + phase
        look = begins + random.random() * FORWARDED_EVERY  # noqa: S311 (nothing secret)
        while written < until:
            look += FORWARDED_EVERY
            await asyncio.sleep(max(0.0, look - time.perf_counter()))
            while written < min(until, time.perf_counter()):
                self.written.append(written)
                written += 1 / PER_SECOND
            if len(self.written) - 1 > self._sent:
                await self._post(reader, writer)
        writer.close()

    async def _post(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        first, last = self._sent + 1, len(self.written) - 1
        body = steps_body(first, last, seq=first + 1)
        writer.write(
            f"POST {self.path}/events HTTP/1.1\r\nHost: localhost\r\n"
            f"Authorization: Bearer {self.token}\r\nPrism-Contract: 1\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n".encode()
            + body
        )
        head = await reader.readuntil(b"\r\n\r\n")
        (length,) = re.findall(rb"(?i)content-length: (\d+)", head)
        answer = await reader.readexactly(int(length))
        if not head.startswith(b"HTTP/1.1 200"):
            raise RuntimeError(f"{head!r} {answer!r}")
        self._sent = last


class Browser(asyncio.Protocol):
    """One stream: unpacks what comes, and compares the steps with those that must come."""

    def __init__(self, seen: Seen, engines: dict[str, Engine], expected: dict[str, int]) -> None:
        self.seen, self.engines, self.expected = seen, engines, expected
        self.cursor = b""
        self.transport: Any = None
        self._raw = bytearray()
        self._text = bytearray()
        self._open = False
        self._stated = False
        self.leaving = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport

    def connection_lost(self, error: Exception | None) -> None:
        self.seen.closed += not self.leaving

    def data_received(self, data: bytes) -> None:
        now = time.perf_counter()
        self._raw += data
        if not self._open:
            head, found, rest = bytes(self._raw).partition(b"\r\n\r\n")
            if not found:
                return
            if not head.startswith(b"HTTP/1.1 200"):
                raise RuntimeError(f"no stream: {head!r}")
            self._open, self._raw = True, bytearray(rest)
        self._unpack()
        end = self._text.rfind(b"\n\n")
        if end >= 0:
            text = bytes(self._text[: end + 2])
            del self._text[: end + 2]
            self._read(text, now)

    def _unpack(self) -> None:
        """Take whole chunks out of HTTP's transfer encoding."""
        while True:
            line = self._raw.find(b"\r\n")
            if line < 0:
                return
            size = int(self._raw[:line], 16)
            if len(self._raw) < line + size + 4:
                return
            self._text += self._raw[line + 2 : line + 2 + size]
            del self._raw[: line + size + 4]

    def _read(self, text: bytes, now: float) -> None:
        if not self._stated and b"event: run\n" in text:
            self._stated = True
            self.seen.opened += 1
        self.seen.resyncs += text.count(b"event: resync\n")
        for cursor, data in _EVENT.findall(text):
            frame = json.loads(data)
            engine = self.engines[frame["run_id"]]
            for point in frame["points"]:
                self._check(engine, point["step"], now)
            self.cursor = cursor

    def _check(self, engine: Engine, step: int, now: float) -> None:
        expected = self.expected[engine.run_id]
        self.seen.gaps += max(0, step - expected)
        self.seen.doubles += step < expected
        self.expected[engine.run_id] = max(expected, step + 1)
        self.seen.steps += 1
        self.seen.latencies.append(now - engine.written[step])


class Audience:
    """Everything that the process does."""

    def __init__(self, order: dict[str, Any]) -> None:
        self.order = order
        self.seen, self.wandering = Seen(), Seen()
        self.opened_in = 0.0
        self.engines = {run["run_id"]: Engine(run, order["worker"]) for run in order["runs"]}

    async def attend(self) -> dict[str, Any]:
        """Open the streams, let the engines live, and return what was seen."""
        runs, host, port = self.order["runs"], self.order["host"], self.order["port"]
        browsers = []
        for number in range(self.order["browsers"]):
            run = runs[number % len(runs)]
            topics = f"run:{run['run_id']},pipeline:{run['pipeline_id']}"
            browsers.append(await self._browse(self.seen, topics, {run["run_id"]: 1}))
        began = time.perf_counter()
        while self.seen.opened < len(browsers):
            if time.perf_counter() - began > PATIENCE:
                raise RuntimeError(f"{self.seen.opened} of {len(browsers)} streams opened")
            await asyncio.sleep(0.05)
        self.opened_in = time.perf_counter() - began
        begins = time.perf_counter() + 0.5
        until = begins + self.order["seconds"]
        tasks = [asyncio.create_task(self._note_lag(until))]
        tasks.append(asyncio.create_task(self._wander(until)))
        for number, engine in enumerate(self.engines.values()):
            phase = number / len(runs) / PER_SECOND
            tasks.append(asyncio.create_task(engine.live(host, port, begins, until, phase)))
        await asyncio.gather(*tasks)
        await asyncio.sleep(DRAINING)
        for browser in browsers:
            self._count_missing(browser)
            self._close(browser)
        return self._result()

    async def _browse(
        self, seen: Seen, topics: str, expected: dict[str, int], cursor: bytes = b""
    ) -> Browser:
        loop = asyncio.get_running_loop()
        transport, browser = await loop.create_connection(
            lambda: Browser(seen, self.engines, expected), self.order["host"], self.order["port"]
        )
        browser.cursor = cursor
        resumed = b"Last-Event-ID: " + cursor + b"\r\n" if cursor else b""
        transport.write(
            f"GET /api/v1/stream?topics={topics} HTTP/1.1\r\nHost: localhost\r\n"
            f"Authorization: Bearer {self.order['admin']}\r\n".encode()
            + resumed
            + b"\r\n"
        )
        return browser

    async def _wander(self, until: float) -> None:
        """Watch twenty runs by one stream, which breaks off now and then and is resumed."""
        chance = random.Random(1)  # noqa: S311 (nothing secret)
        runs = [run["run_id"] for run in self.order["runs"][:20]]
        topics, expected = ",".join(f"run:{run}" for run in runs), dict.fromkeys(runs, 1)
        browser = await self._browse(self.wandering, topics, expected)
        while (now := time.perf_counter()) < until + DRAINING:
            await asyncio.sleep(chance.uniform(*RECONNECTED_EVERY) if now < until else DRAINING)
            if now < until and browser.cursor:
                self._close(browser)
                browser = await self._browse(self.wandering, topics, expected, browser.cursor)
                self.wandering.reconnected += 1
        self._count_missing(browser)
        self._close(browser)

    async def _note_lag(self, until: float) -> None:
        while (due := time.perf_counter() + 0.01) < until:
            await asyncio.sleep(0.01)
            self.seen.lags.append(time.perf_counter() - due)

    def _count_missing(self, browser: Browser) -> None:
        for run_id, expected in browser.expected.items():
            browser.seen.gaps += len(self.engines[run_id].written) - expected

    def _close(self, browser: Browser) -> None:
        browser.leaving = True
        browser.transport.abort()

    def _result(self) -> dict[str, Any]:
        seen, wandering = self.seen, self.wandering
        return {
            "p50_ms": round(percentile(seen.latencies, 0.5) * 1000, 1),
            "p95_ms": round(percentile(seen.latencies, 0.95) * 1000, 1),
            "most_ms": round(max(seen.latencies) * 1000, 1),
            "all_opened_in_s": round(self.opened_in, 2),
            "own_lag_p95_ms": round(percentile(seen.lags, 0.95) * 1000, 1),
            "gaps": seen.gaps + wandering.gaps,
            "doubles": seen.doubles + wandering.doubles,
            "steps_checked": seen.steps,
            "resyncs": seen.resyncs + wandering.resyncs,
            "closed_by_the_server": seen.closed + wandering.closed,
            "reconnected": wandering.reconnected,
            "steps_checked_over_reconnections": wandering.steps,
        }


if __name__ == "__main__":
    print(json.dumps(uvloop.run(Audience(json.load(sys.stdin)).attend())))
