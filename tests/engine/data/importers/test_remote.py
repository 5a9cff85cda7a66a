from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from ipaddress import ip_network

import pytest

from prism_engine.data.importers.refusal import RefusedRow
from prism_engine.data.importers.remote import RemotePictures
from tests.engine.data.importers.generated import png


class Pictures(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        if self.path == "/moved":
            self.send_response(302)
            self.send_header("Location", "http://169.254.169.254/")
            self.end_headers()
            return
        self.send_response(200 if self.path == "/a.png" else 404)
        self.end_headers()
        self.wfile.write(png(1))

    def log_message(self, *arguments: object) -> None:
        pass


@pytest.fixture
def web() -> Iterator[str]:
    server = HTTPServer(("127.0.0.1", 0), Pictures)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def reason_of(fetch: RemotePictures, url: str, most: int = 1000) -> str:
    with pytest.raises(RefusedRow) as refused:
        fetch(url, most)
    return refused.value.reason


def test_a_picture_is_fetched_from_where_it_is_allowed(web: str) -> None:
    fetch = RemotePictures([ip_network("127.0.0.1")])
    assert fetch(f"{web}/a.png", 1000) == png(1)
    assert reason_of(fetch, f"{web}/a.png", most=50) == "image_too_large"
    for path in ("none", "moved"):
        assert reason_of(fetch, f"{web}/{path}") == "image_remote"


def test_our_own_network_is_refused(web: str) -> None:
    for url in (f"{web}/a.png", "http://localhost:1/a", "http://[::1]:1/a", "file:///etc/passwd"):
        assert reason_of(RemotePictures(), url) == "image_remote", url
