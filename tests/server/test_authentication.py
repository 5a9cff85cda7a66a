from __future__ import annotations

from datetime import UTC, datetime

import pytest
from sqlalchemy import update

from server import authentication
from server.actors import WORKER, Actor, Scope
from server.authentication import Recent
from server.signals import Signals
from server.tables import Token
from tests.server.world import World

WORKER_ACTOR = Actor("tok_1", "gpu-7", "tok_1", scope=Scope(WORKER))


def test_a_worker_is_remembered_until_a_token_is_revoked_here() -> None:
    signals = Signals()
    recent = Recent(signals)
    assert recent.find("a") is None
    recent.remember("a", WORKER_ACTOR, rings=0)
    assert recent.find("a") is WORKER_ACTOR
    signals.ring("tokens")
    assert recent.find("a") is None
    # It was looked up before the ring.
    recent.remember("a", WORKER_ACTOR, rings=0)
    assert recent.find("a") is None


def test_nobody_is_remembered_but_workers() -> None:
    recent = Recent(Signals())
    recent.remember("a", Actor("usr_1", "eva", "tok_2"), rings=0)
    assert recent.find("a") is None


async def test_what_another_process_revokes_is_heard_of_in_time(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    lease_path = "/worker/attempts/att_1/heartbeat"
    assert (await world.worker.post(lease_path)).status_code == 404
    async with world.parts.database.writing() as session:
        await session.execute(update(Token).values(revoked_at=datetime.now(UTC)))
    monkeypatch.setattr(authentication, "LOOKED_UP_EVERY", 0.0)
    world.parts.recent._until = 0.0
    assert (await world.worker.post(lease_path)).status_code == 401
