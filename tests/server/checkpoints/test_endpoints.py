from __future__ import annotations

from tests.server.world import World, good


async def test_a_checkpoint_is_known_when_saved_and_durable_when_stored(world: World) -> None:
    await world.launch()
    lease = await world.claim()
    await lease.start()
    await lease.send(
        lease.event("checkpoint_saved", step=4, kind="resumable", role="policy", path="x", size=10)
    )
    path = f"/runs/{lease.run_id}/checkpoints"
    (saved,) = good(await world.admin.get(path))["data"]
    assert (saved["step"], saved["durable_at"], saved["location"]) == (4, None, None)
    stored = good(await lease.checkpoint(4, kind="resumable"))
    again = good(await lease.checkpoint(4, kind="resumable"))
    assert stored["id"] == again["id"] == saved["id"]
    assert stored["durable_at"] == again["durable_at"]
    assert stored["size"] == 3 * 2**31
    good(await lease.checkpoint(8))
    assert [c["step"] for c in good(await world.admin.get(path))["data"]] == [8, 4]
    assert (await lease.checkpoint(-1)).status_code == 422
