"""The application with one administrator and one worker, as tests drive it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from itertools import count
from typing import Any

from fastapi import FastAPI
from httpx import ASGITransport, AsyncClient, Response
from sqlalchemy import event, select

from server.actors import WORKER, Role, Scope
from server.app import build_parts, create_app
from server.database import Database
from server.parts import Parts
from server.settings import Settings
from server.tables import Dataset, Membership, Model, Project
from server.tokens.service import issue, new_secret
from server.users.service import add

API = "http://localhost/api/v1"
AT = "2026-01-01T00:00:00Z"
SFT = {"kind": "sft", "policy": {"model": "tiny"}, "data": "shapes", "steps": 10}
RLVR = {"kind": "rlvr", "policy": {"run": "sft"}, "data": "shapes", "steps": 4}


def recipe(**runs: dict[str, Any]) -> dict[str, Any]:
    return {"name": "demo", "seed": 7, "runs": runs or {"sft": SFT}}


def good(response: Response) -> Any:
    assert response.is_success, response.text
    return response.json() if response.content else None


@cache
def shared_app() -> FastAPI:
    """The application without its parts: building all routes for every test takes half of it."""
    return create_app(Settings())


async def eventually(look: Callable[[], bool | Awaitable[bool]], seconds: float = 10) -> None:
    """Look until it is true; fails when time is up."""
    async with asyncio.timeout(seconds):
        while True:
            found = look()
            if found if isinstance(found, bool) else await found:
                return
            await asyncio.sleep(0.05)


@dataclass
class Lease:
    """A claimed run, and the sequence of the events that were sent for it."""

    world: World
    claimed: dict[str, Any]
    seq: dict[str, Any] = field(default_factory=lambda: {"engine": count(1), "worker": count(1)})

    @property
    def run_id(self) -> str:
        return str(self.claimed["run_id"])

    @property
    def path(self) -> str:
        return f"/worker/attempts/{self.claimed['attempt_id']}"

    def event(self, type_: str, source: str = "engine", **fields: Any) -> dict[str, Any]:
        return {"type": type_, "seq": next(self.seq[source]), "at": AT, **fields}

    async def send(self, *events: dict[str, Any], source: str = "engine") -> Any:
        # Escaped, as json.dumps does it: a lone surrogate has no other way over the wire.
        body = json.dumps({"source": source, "events": list(events)})
        headers = {"Content-Type": "application/json"}
        path = f"{self.path}/events"
        return good(await self.world.worker.post(path, content=body, headers=headers))

    async def start(self) -> None:
        await self.send(
            self.event("started", kind="sft", steps=10, first_step=1, versions={"torch": "2"})
        )

    async def step(self, *steps: int, **metrics: float) -> None:
        """Finish steps; a metric's value is scaled by the step."""
        await self.send(
            *(
                self.event(
                    "step_finished",
                    step=step,
                    metrics={
                        name: value * step for name, value in (metrics or {"loss": 1.0}).items()
                    },
                )
                for step in steps
            )
        )

    async def heartbeat(self) -> Any:
        return good(await self.world.worker.post(f"{self.path}/heartbeat", json={}))

    async def checkpoint(self, step: int, kind: str = "exported", role: str = "policy") -> Any:
        return await self.world.worker.post(
            f"{self.path}/checkpoints",
            json={
                "step": step,
                "kind": kind,
                "role": role,
                "location": f"file:///store/{self.run_id}/{step}-{kind}-{role}",
                "size": 3 * 2**31,
                "manifest": {"files": {"model.safetensors": {"sha256": "a" * 64, "size": 3}}},
            },
        )

    async def exit(self, kind: str = "succeeded", message: str = "") -> Any:
        body = {"kind": kind, "message": message}
        return good(await self.world.worker.post(f"{self.path}/exit", json=body))

    async def succeed(self) -> Any:
        await self.start()
        await self.step(10)
        good(await self.checkpoint(10))
        return await self.exit()


@dataclass
class World:
    """Clients of a started application."""

    app: FastAPI
    settings: Settings
    admin: AsyncClient
    worker: AsyncClient
    anybody: AsyncClient
    worker_id: str = ""
    _keys: Any = field(default_factory=lambda: count(1))

    @property
    def parts(self) -> Parts:
        parts: Parts = self.app.state.parts
        return parts

    @classmethod
    @asynccontextmanager
    async def started(
        cls, settings: Settings, engine: tuple[str, ...], *, new: bool = True
    ) -> AsyncIterator[World]:
        """Start the application; on a new database register what the tests name."""
        app = shared_app() if new else create_app(settings, engine)
        app.state.parts = build_parts(settings, engine)
        taken = _watch_connections(app.state.parts.database)
        async with app.router.lifespan_context(app):
            admin = _bearer((settings.home / "token").read_text())
            worker = _bearer((settings.home / "worker-token").read_text())
            clients = [
                AsyncClient(transport=ASGITransport(app, False), base_url=API, headers=headers)
                for headers in (admin, worker | {"Prism-Contract": "1"}, {})
            ]
            world = cls(app, settings, *clients)
            if new:
                await world.register_things()
            world.worker_id = await world.new_worker("one")
            yield world
            for client in clients:
                await client.aclose()
        # Who was cancelled has given back what he held: nobody else would.
        assert not taken, f"{len(taken)} connections were not given back"

    async def register_things(self) -> None:
        async with self.parts.database.writing() as session:
            session.add(
                Dataset(
                    id="dat_1", name="shapes", location="shapes", rows=2,
                    images=2, splits={}, fingerprint="d1", preview=[], created_at=datetime.now(UTC),
                )
            )  # fmt: skip
            session.add(
                Model(
                    id="mod_1", name="tiny", location="tiny", architecture="x",
                    parameters=5, fingerprint="m1", created_at=datetime.now(UTC),
                )
            )  # fmt: skip

    async def default_project(self) -> str:
        async with self.parts.database.reading() as session:
            return str((await session.scalars(select(Project.id).order_by(Project.id))).first())

    async def person(
        self,
        name: str,
        roles: Mapping[str, Role] | None = None,
        *,
        administrator: bool = False,
        scope: Scope | None = None,
    ) -> AsyncClient:
        """Open an account with these roles by project; return a client with its token."""
        secret = new_secret()
        scope = scope or Scope()
        async with self.parts.database.writing() as session:
            user = await add(session, name, administrator=administrator)
            for project_id, role in (roles or {}).items():
                session.add(Membership(user_id=user.id, project_id=project_id, role=role))
            token = issue(session, name, scope.permissions, secret=secret, user_id=user.id)
            token.projects = None if scope.projects is None else sorted(scope.projects)
        return self.client(secret)

    async def another_worker(self, scope: Scope = Scope(WORKER)) -> AsyncClient:  # noqa: B008 (frozen)
        """Return a client with a worker's token of its own."""
        secret = new_secret()
        async with self.parts.database.writing() as session:
            token = issue(session, "a worker", scope.permissions, secret=secret, user_id=None)
            token.projects = None if scope.projects is None else sorted(scope.projects)
            token.queues = None if scope.queues is None else sorted(scope.queues)
        return self.client(secret)

    def client(self, secret: str) -> AsyncClient:
        headers = _bearer(secret) | {"Prism-Contract": "1"}
        return AsyncClient(transport=ASGITransport(self.app, False), base_url=API, headers=headers)

    def browser(self) -> AsyncClient:
        """Return a client without credentials that keeps cookies and says where it comes from."""
        headers = {"Origin": "http://localhost"}
        return AsyncClient(transport=ASGITransport(self.app, False), base_url=API, headers=headers)

    async def new_project(self, name: str) -> str:
        return str(good(await self.admin.post("/projects", json={"name": name}))["id"])

    async def new_worker(
        self, name: str, queues: Sequence[str] = ("default",), gpus: Sequence[int] = (0,)
    ) -> str:
        """Register a worker whose slots have so many GPUs each."""
        devices = [
            [{"uuid": f"GPU-{name}-{slot}-{i}", "name": "H100", "memory": 81_559} for i in range(n)]
            for slot, n in enumerate(gpus)
        ]
        body = {"name": name, "host": "here", "pid": 1, "slots": len(gpus), "devices": devices}
        body["queues"] = list(queues)
        return str(good(await self.worker.post("/worker/register", json=body))["worker_id"])

    async def launch(self, **runs: dict[str, Any]) -> Any:
        return good(await self.admin.post("/pipelines", json={"recipe": recipe(**runs)}))

    def offer(self, wait: float = 0, key: str | None = None, **more: Any) -> dict[str, Any]:
        return {
            "worker_id": self.worker_id,
            "slot": 0,
            "claim_key": key or f"claim-key-{next(self._keys)}",
            "queues": ["default"],
            "wait": wait,
        } | more

    async def claim(self, wait: float = 0) -> Lease:
        response = await self.worker.post("/worker/claim", json=self.offer(wait))
        assert response.status_code == 200, response.text
        return Lease(self, response.json())

    async def nothing_to_claim(self) -> bool:
        response = await self.worker.post("/worker/claim", json=self.offer())
        return response.status_code == 204

    async def run(self, run_id: str) -> Any:
        return good(await self.admin.get(f"/runs/{run_id}"))

    async def pipeline(self, pipeline_id: str) -> Any:
        return good(await self.admin.get(f"/pipelines/{pipeline_id}"))

    async def states(self, pipeline: Any) -> dict[str, str]:
        found = await self.pipeline(pipeline["id"])
        return {run["name"]: run["state"] for run in found["runs"]}


def _watch_connections(database: Database) -> set[int]:
    """Return the ids of the pooled connections that somebody holds at any moment."""
    taken: set[int] = set()
    for engine in (database.writer.sync_engine, database._reader.sync_engine):
        event.listen(engine, "checkout", lambda _, record, __: taken.add(id(record)))
        event.listen(engine, "checkin", lambda _, record: taken.discard(id(record)))
    return taken


def _bearer(secret: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {secret.strip()}"}
