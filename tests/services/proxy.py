"""A small reverse proxy of its own, to see what the server does behind one."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from socketserver import StreamRequestHandler, ThreadingTCPServer


@contextmanager
def running_proxy(server: int, prefix: str, *, takes_off: bool, port: int = 0) -> Iterator[int]:
    """Pass on what comes in below `prefix` to the port of a server; gives the port to speak to.

    Args:
        takes_off: whether the server is asked without the prefix.
    """

    class Request(_Request):
        upstream = server
        below = prefix.encode()
        taken_off = takes_off

    with _Proxy(("127.0.0.1", port), Request) as proxy:
        thread = threading.Thread(target=proxy.serve_forever, daemon=True)
        thread.start()
        try:
            yield int(proxy.server_address[1])
        finally:
            proxy.shutdown()


class _Proxy(ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    block_on_close = False


class _Request(StreamRequestHandler):
    """Passes on one request and its answer, however long that streams."""

    upstream: int
    below: bytes
    taken_off: bool

    def handle(self) -> None:
        with suppress(ConnectionError, ValueError):
            method, path, version = self.rfile.readline().split()
            if path != self.below and not path.startswith(self.below + b"/"):
                self.wfile.write(b"HTTP/1.1 404 Elsewhere\r\nContent-Length: 0\r\n\r\n")
                return
            if self.taken_off:
                path = path[len(self.below) :] or b"/"
            with socket.create_connection(("127.0.0.1", self.upstream)) as server:
                server.sendall(b" ".join([method, path, version]) + b"\r\nConnection: close\r\n")
                self._pass_on(server)
                while content := server.recv(65_536):
                    self.wfile.write(content)

    def _pass_on(self, server: socket.socket) -> None:
        length = 0
        while (line := self.rfile.readline()).strip():
            name, _, value = line.partition(b":")
            if name.lower() == b"content-length":
                length = int(value)
            if name.lower() != b"connection":
                server.sendall(line)
        server.sendall(b"\r\n" + self.rfile.read(length))
