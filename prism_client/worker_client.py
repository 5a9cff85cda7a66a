"""What a worker says to the server, and what it hears back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal, Self

import httpx
from pydantic import Field

from prism_client.errors import ServerUnreachable, raise_for_problem
from prism_client.resources import CuratedDataset, Resource
from prism_engine.contract import VERSION
from prism_engine.contract.events import ExitKind, Source

PREFIX = "/api/v1/worker"
LONGEST_LOOK = 1_800.0
"""Seconds; a large corpus has many images to decode."""
DesiredState = Literal["run", "stop", "cancel"]
Outcome = Literal["succeeded", "stopped", "cancelled"] | ExitKind


class Registration(Resource):
    """A worker's name with the server, and how often the server wants to hear from it."""

    worker_id: str
    lease_seconds: float
    heartbeat_seconds: float


class Input(Resource):
    """What a run reads: the field of its recipe (`role`), and where it lies."""

    role: str
    kind: Literal["model", "dataset", "checkpoint", "image"]
    name: str
    location: str
    fingerprint: str | None = None


class Resume(Resource):
    """The durable checkpoint that an attempt goes on from."""

    step: int
    location: str


class Gang(Resource):
    """Which node of a run this one is; `member_id` is that of its lease, None on node 0."""

    rank: int
    nodes: int
    master_address: str
    master_port: int
    member_id: str | None = None


class Claim(Resource):
    """The right to execute one run, with all that it needs."""

    run_id: str
    run_name: str
    attempt_id: str
    attempt: int
    kind: str
    recipe: dict[str, Any]
    inputs: tuple[Input, ...] = ()
    gpus: int | None = None
    """How many of the slot's devices are for it; all of them if None."""
    gang: Gang | None = None
    resume: Resume | None = None
    lease_seconds: float
    keys: dict[str, str] = Field(default_factory=dict, repr=False, exclude=True)
    """Secrets that its endpoints want; what is kept of a claim on disk is without them."""


class Orders(Resource):
    """What the server wants of an attempt. `superseded`: another attempt has taken its place."""

    desired_state: DesiredState
    superseded: bool = False


class Acknowledgement(Orders):
    """The answer to a batch of events. A quarantined one is kept aside and not wanted again."""

    accepted: int
    quarantined: int


class WorkerClient:
    """The worker's side of the API. No method tries twice: when to do so is the worker's choice."""

    def __init__(
        self, url: str, token: str | None, transport: httpx.AsyncBaseTransport | None = None
    ) -> None:
        headers = {"Prism-Contract": str(VERSION)}
        if token:
            headers["Authorization"] = f"Bearer {token}"
        self._http = httpx.AsyncClient(
            base_url=url + PREFIX,
            headers=headers,
            timeout=httpx.Timeout(10, connect=5),
            transport=transport,
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._http.aclose()

    async def register(
        self,
        *,
        name: str,
        host: str,
        pid: int,
        slots: Sequence[Sequence[dict[str, Any]]],
        queues: Sequence[str],
    ) -> Registration:
        """Make the worker known; `slots` are the devices of each, by uuid, name and memory."""
        response = await self._send(
            "POST",
            "/register",
            json={
                "name": name,
                "host": host,
                "pid": pid,
                "slots": len(slots),
                "devices": [list(devices) for devices in slots],
                "queues": list(queues),
            },
        )
        return Registration.model_validate_json(response.content)

    async def claim(
        self,
        worker_id: str,
        slot: int,
        claim_key: str,
        queues: Sequence[str],
        wait: float,
        rendezvous: tuple[str, int],
    ) -> Claim | None:
        """Ask for a run, and wait up to `wait` seconds for one. The same key gets the same run.

        Args:
            rendezvous: Address and port at which other nodes would find this one's engine.
        """
        response = await self._send(
            "POST",
            "/claim",
            json={
                "worker_id": worker_id,
                "slot": slot,
                "claim_key": claim_key,
                "queues": list(queues),
                "wait": wait,
                "rendezvous": {"address": rendezvous[0], "port": rendezvous[1]},
            },
            timeout=httpx.Timeout(wait + 10, connect=5),
        )
        return Claim.model_validate_json(response.content) if response.content else None

    async def report_disk(self, worker_id: str, free: int, total: int, reserve: int) -> None:
        """Say how many bytes of its disk are left, and how many are to stay free."""
        body = {"free_bytes": free, "total_bytes": total, "reserve_bytes": reserve}
        await self._send("POST", f"/workers/{worker_id}/disk", json=body)

    async def heartbeat(self, attempt_id: str) -> Orders:
        response = await self._send("POST", f"/attempts/{attempt_id}/heartbeat", json={})
        return Orders.model_validate_json(response.content)

    async def member_heartbeat(self, member_id: str) -> Orders:
        response = await self._send("POST", f"/members/{member_id}/heartbeat", json={})
        return Orders.model_validate_json(response.content)

    async def post_events(
        self, attempt_id: str, source: Source, events: Sequence[bytes]
    ) -> Acknowledgement:
        """Send events as the lines of the event file hold them."""
        body = b'{"source":"%s","events":[%s]}' % (source.encode(), b",".join(events))
        response = await self._send(
            "POST",
            f"/attempts/{attempt_id}/events",
            content=body,
            headers={"Content-Type": "application/json"},
            timeout=httpx.Timeout(30, connect=5),
        )
        return Acknowledgement.model_validate_json(response.content)

    async def has_artifact(self, sha256: str) -> bool:
        response = await self._send("HEAD", f"/artifacts/{sha256}", allow_missing=True)
        return response.status_code < 400

    async def put_artifact(self, sha256: str, content: bytes, attempt_id: str) -> None:
        """Send an image. Raises `NoRoom` where nothing more is stored."""
        await self._send(
            "PUT",
            f"/artifacts/{sha256}",
            params={"attempt_id": attempt_id},
            content=content,
            headers={"Content-Type": "application/octet-stream"},
        )

    async def report_checkpoint(
        self,
        attempt_id: str,
        *,
        step: int,
        kind: Literal["resumable", "exported"],
        role: Literal["policy", "discriminator"],
        location: str,
        size: int,
        manifest: dict[str, Any],
    ) -> None:
        """Say that a checkpoint is durable. Raises `Conflict` if the attempt is superseded."""
        await self._send(
            "POST",
            f"/attempts/{attempt_id}/checkpoints",
            json={
                "step": step,
                "kind": kind,
                "role": role,
                "location": location,
                "size": size,
                "manifest": manifest,
            },
        )

    async def register_corpus(
        self, attempt_id: str, *, host: str, locations: Mapping[str, str]
    ) -> list[CuratedDataset]:
        """Have registered what a curation ended in. Raises `Conflict` if superseded.

        The server looks into every data set before it answers.
        """
        response = await self._send(
            "POST",
            f"/attempts/{attempt_id}/datasets",
            json={
                "host": host,
                "datasets": [
                    {"part": part, "location": location} for part, location in locations.items()
                ],
            },
            timeout=httpx.Timeout(LONGEST_LOOK, connect=5),
        )
        return [CuratedDataset.model_validate(entry) for entry in response.json()["data"]]

    async def report_exit(
        self,
        attempt_id: str,
        *,
        kind: Outcome,
        message: str,
        code: int | None,
        signal: int | None,
    ) -> None:
        await self._send(
            "POST",
            f"/attempts/{attempt_id}/exit",
            json={"kind": kind, "message": message, "code": code, "signal": signal},
        )

    async def report_member_exit(
        self,
        member_id: str,
        *,
        kind: Outcome,
        message: str,
        code: int | None,
        signal: int | None,
    ) -> None:
        await self._send(
            "POST",
            f"/members/{member_id}/exit",
            json={"kind": kind, "message": message, "code": code, "signal": signal},
        )

    async def _send(
        self, method: str, path: str, *, allow_missing: bool = False, **content: Any
    ) -> httpx.Response:
        try:
            response = await self._http.request(method, path, **content)
        except httpx.TransportError as error:
            raise ServerUnreachable(f"no answer from {self._http.base_url}: {error!r}") from error
        if not (allow_missing and response.status_code == 404):
            raise_for_problem(response)
        return response
