"""A server of chat completions that answers as it is told, and keeps a book of what it bills."""

from __future__ import annotations

import hashlib
import json
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass(frozen=True)
class Call:
    """One request as it arrived. `attempt` counts those of the same content from 1."""

    body: dict[str, Any]
    attempt: int
    key: str
    authorization: str | None

    @property
    def content(self) -> str:
        return content_hash(self.body)

    @property
    def text(self) -> str:
        """All that is written in the messages."""
        return "\n".join(
            part if isinstance(part, str) else part.get("text", "")
            for message in self.body["messages"]
            for part in (
                [message["content"]] if isinstance(message["content"], str) else message["content"]
            )
        )

    @property
    def images(self) -> int:
        return json.dumps(self.body["messages"]).count('"image_url": {')


@dataclass(frozen=True)
class Act:
    """What the server does. `reply` is billed; a status without one is not."""

    status: int = 200
    reply: dict[str, Any] | None = None
    raw: bytes | None = None  # in place of the reply's JSON
    headers: dict[str, str] = field(default_factory=dict)
    delay: float = 0.0  # after billing
    broken_off: bool = False  # the connection ends in the middle of the body


def completion(
    text: str | None, *, finish: str | None = "stop", refusal: str | None = None,
    prompt: int = 100, generated: int = 20, usage: bool = True,
) -> dict[str, Any]:  # fmt: skip
    """The JSON of a reply."""
    message = {"role": "assistant", "content": text, "refusal": refusal}
    reply: dict[str, Any] = {"choices": [{"message": message, "finish_reason": finish}]}
    if usage:
        reply["usage"] = {"prompt_tokens": prompt, "completion_tokens": generated}
    return reply


def content_hash(body: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(body, sort_keys=True).encode()).hexdigest()


class ChatServer:
    """Bills every reply that it makes; with `idempotent`, one for every Idempotency-Key."""

    def __init__(self, act: Callable[[Call], Act], *, idempotent: bool = True) -> None:
        self._act = act
        self._idempotent = idempotent
        self._lock = threading.Lock()
        self._replies: dict[str, Act] = {}
        self.attempts: Counter[str] = Counter()
        self.billed: Counter[str] = Counter()
        self.tokens: list[tuple[int, int]] = []
        self.calls: list[Call] = []
        self.under_way = 0
        self.most_under_way = 0

    @property
    def paid_twice(self) -> int:
        return sum(times - 1 for times in self.billed.values())

    def spent(self, input_price: float, output_price: float) -> float:
        """Dollars, by prices per million tokens."""
        prompt = sum(tokens for tokens, _ in self.tokens)
        generated = sum(tokens for _, tokens in self.tokens)
        return (prompt * input_price + generated * output_price) / 1e6

    @contextmanager
    def running(self) -> Iterator[str]:
        """Serve from a thread; gives the address."""
        server = _Server(("127.0.0.1", 0), _handler(self))
        thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}/v1"
        finally:
            server.shutdown()
            server.server_close()
            thread.join()

    def answer(self, body: dict[str, Any], key: str, authorization: str | None) -> Act:
        content = content_hash(body)
        with self._lock:
            self.attempts[content] += 1
            call = Call(body, self.attempts[content], key, authorization)
            self.calls.append(call)
            act = self._act(call)
            if act.reply is None and act.raw is None:
                return act
            if self._idempotent and key in self._replies:
                # The reply is the one that was billed; what happens to it on its way may differ.
                known = self._replies[key]
                return Act(200, known.reply, known.raw, {}, act.delay, act.broken_off)
            self._replies[key] = act
            self.billed[content] += 1
            usage = (act.reply or {}).get("usage") or completion("")["usage"]
            self.tokens.append((usage["prompt_tokens"], usage["completion_tokens"]))
            return act


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that is killed leaves connections behind, which is no news."""


def _handler(served: ChatServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        # Without this the last packet of every answer waits for an acknowledgement.
        disable_nagle_algorithm = True
        wbufsize = -1

        def do_POST(self) -> None:
            served.under_way += 1
            served.most_under_way = max(served.most_under_way, served.under_way)
            try:
                self._answer()
            except (BrokenPipeError, ConnectionResetError):
                self.close_connection = True
            finally:
                served.under_way -= 1

        def _answer(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            act = served.answer(
                body, self.headers["Idempotency-Key"], self.headers.get("Authorization")
            )
            time.sleep(act.delay)
            content = act.raw if act.raw is not None else json.dumps(act.reply or {}).encode()
            self.send_response(act.status)
            self.send_header("Content-Length", str(len(content)))
            for name, value in act.headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(content[: len(content) // 2] if act.broken_off else content)
            self.wfile.flush()
            if act.broken_off:
                self.close_connection = True

        def log_message(self, format: str, *args: object) -> None:
            """Nobody reads it."""

    return Handler
