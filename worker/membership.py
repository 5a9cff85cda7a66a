"""A worker as the server knows it."""

from __future__ import annotations

import os
import socket
from collections.abc import Sequence
from dataclasses import asdict

from prism_client.devices import Device
from prism_client.worker_client import Registration, WorkerClient
from worker.patience import until_answered


class Membership:
    """Registers a worker with the devices of its slots, and again should the server forget it."""

    def __init__(
        self,
        server: WorkerClient,
        name: str,
        slots: Sequence[Sequence[Device]],
        queues: Sequence[str],
        address: str = "",
    ) -> None:
        self._server = server
        self._name = name
        self._slots = slots
        self.queues = queues
        self.address = address or socket.gethostname()
        self._registration: Registration | None = None

    @property
    def worker_id(self) -> str:
        return self._known.worker_id

    @property
    def heartbeat_seconds(self) -> float:
        return self._known.heartbeat_seconds

    @property
    def lease_seconds(self) -> float:
        return self._known.lease_seconds

    async def renew(self) -> None:
        self._registration = await until_answered(
            lambda: self._server.register(
                name=self._name,
                host=socket.gethostname(),
                pid=os.getpid(),
                slots=[[asdict(device) for device in slot] for slot in self._slots],
                queues=self.queues,
            )
        )

    @property
    def _known(self) -> Registration:
        assert self._registration is not None, "register first"
        return self._registration
