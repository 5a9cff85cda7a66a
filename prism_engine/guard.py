"""Connections that lead to public addresses only, or to those that an administrator allows.

The server's webhooks go through the same guard as the engine's endpoints and pictures.
"""

from __future__ import annotations

import socket
from collections.abc import Iterable, Sequence
from typing import Any

import anyio
import httpcore
import httpx

from prism_engine.contract.addresses import Network, may_be_reached
from prism_engine.errors import ForbiddenAddress


class GuardedTransport(httpx.AsyncHTTPTransport):
    """Sends requests by a guarded network.

    No proxy is used, since it would look the name up again for itself.
    """

    def __init__(self, allowed: Sequence[Network], limits: httpx.Limits) -> None:
        super().__init__(trust_env=False, limits=limits)
        # The transport makes its pool itself and passes nothing on that would guard it.
        self._pool = httpcore.AsyncConnectionPool(
            ssl_context=httpx.create_ssl_context(trust_env=False),
            max_connections=limits.max_connections,
            max_keepalive_connections=limits.max_keepalive_connections,
            keepalive_expiry=limits.keepalive_expiry,
            network_backend=GuardedNetwork(allowed),
        )


class GuardedNetwork(httpcore.AnyIOBackend):
    """Looks a name up, checks what it means, and connects to what was checked."""

    def __init__(self, allowed: Sequence[Network]) -> None:
        self._allowed = allowed

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 (the signature is httpcore's)
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        addresses = await _addresses(host, port)
        reachable = [one for one in addresses if may_be_reached(one, self._allowed)]
        if len(reachable) < len(addresses) or not reachable:
            raise ForbiddenAddress(host, addresses)
        return await super().connect_tcp(reachable[0], port, timeout, local_address, socket_options)


async def _addresses(host: str, port: int) -> list[str]:
    try:
        found = await anyio.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise httpcore.ConnectError(f"{host}: {error}") from error
    return list(dict.fromkeys(str(address[0]) for *_, address in found))
