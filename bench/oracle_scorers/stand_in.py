"""A local endpoint that speaks as a chat model does, and says what a function says.

The authors' scorers ask a model to extract answers or to match them. A model is no oracle, so a
function with a stated rule stands in for it, on the other side of the scorer's own HTTP client.
"""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

_ANSWER = re.compile(r"<answer>(.*?)</answer>", re.DOTALL)
_WRAPPED = re.compile(
    r"\s*(?:\*\*(?P<bold>[^*]+)\*\*|`(?P<code>[^`]+)`|\$(?P<dollar>[^$]+)\$"
    r"|\\\((?P<round>.+)\\\)|\\boxed\{(?P<box>.+)\}|\\text\{(?P<text>[^{}]+)\}"
    r"|(?:Answer|Final answer|The answer is)\s*:?\s+(?P<said>.+)|(?P<stopped>.*[^.])\.)\s*",
    re.DOTALL | re.IGNORECASE,
)


def extract(response: str) -> str:
    """What a careful reader copies out: the inside of answer tags, else all, without wrapping."""
    found = _ANSWER.search(response)
    text = found[1] if found else response
    while wrapped := _WRAPPED.fullmatch(text):
        text = next(group for group in wrapped.groups() if group is not None)
    return text.strip() or "null"


@contextmanager
def endpoint(says: Callable[[str], str]) -> Iterator[str]:
    """The address of an endpoint on loopback, whatever is asked below it."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = -1  # Headers and body in one packet, or each reply waits for an acknowledgement.

        def do_POST(self) -> None:
            asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            body = json.dumps(_completion(says(_prompt(asked)))).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            """Thousands of lines would say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _prompt(asked: dict[str, Any]) -> str:
    content = asked["messages"][-1]["content"]
    return content if isinstance(content, str) else "".join(part["text"] for part in content)


def _completion(text: str) -> dict[str, Any]:
    message = {"role": "assistant", "content": text}
    choice = {"index": 0, "finish_reason": "stop", "message": message}
    return {
        "id": "x", "object": "chat.completion", "created": 0, "model": "stand-in",
        "choices": [choice],
    }  # fmt: skip
