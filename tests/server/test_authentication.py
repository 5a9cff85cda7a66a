from __future__ import annotations

from datetime import UTC, datetime

import pytest
from sqlalchemy import select, update

from server import recent
from server.recent import Recent
from server.signals import Signals
from server.tables import Membership, Token
from tests.server.world import World, good


def test_what_was_found_is_remembered_until_something_changes_here() -> None:
    signals = Signals()
    known = Recent[str](signals)
    assert known.find("a") is None
    known.remember("a", "eva", known.rings())
    assert known.find("a") == "eva"
    signals.ring("access")
    assert known.find("a") is None
    # It was looked up before the ring.
    known.remember("a", "eva", rings=0)
    assert known.find("a") is None


async def test_what_another_process_revokes_is_heard_of_in_time(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    lease_path = "/worker/attempts/att_1/heartbeat"
    assert (await world.worker.post(lease_path)).status_code == 404
    # As this process does not see it.
    async with world.parts.database.writer.begin() as connection:
        await connection.execute(update(Token).values(revoked_at=datetime.now(UTC)))
    monkeypatch.setattr(recent, "LOOKED_UP_EVERY", 0.0)
    world.parts.recent_actors._until = 0.0
    assert (await world.worker.post(lease_path)).status_code == 401


async def test_what_this_process_changes_counts_at_once(world: World) -> None:
    await world.launch()
    lease = await world.claim()
    path = f"/runs/{lease.run_id}/metrics"
    viewer = await world.person("vera", {await world.default_project(): "viewer"})
    # Whoever is known for the first time is noted as seen, which is a change.
    for _ in range(3):
        good(await viewer.get(path))
    # Once by a statement, then by a row.
    async with world.parts.database.writing() as session:
        await session.execute(update(Membership).values(role="member"))
    assert (await viewer.post(f"/runs/{lease.run_id}/cancel")).status_code != 403
    async with world.parts.database.writing() as session:
        for membership in await session.scalars(select(Membership)):
            await session.delete(membership)
    assert (await viewer.get(path)).status_code == 403
