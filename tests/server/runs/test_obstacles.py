from __future__ import annotations

from sqlalchemy import select

from server.tables import Checkpoint
from tests.server.world import RLVR, SFT, World, good


async def test_a_blocked_run_says_what_it_waits_for(world: World) -> None:
    pipeline = await world.launch(sft=SFT, rlvr=RLVR)
    sft, rlvr = (run["id"] for run in pipeline["runs"])

    async def reason() -> str:
        return str((await world.run(rlvr))["reason"])

    assert await reason() == "Blocked by sft"
    lease = await world.claim()
    await lease.start()
    await lease.step(10)
    await lease.exit()
    assert (await world.run(rlvr))["state"] == "blocked"
    assert await reason() == "sft has succeeded but saved no policy: restart sft"
    saved = {"step": 10, "kind": "exported", "role": "policy", "path": "export/policy", "size": 3}
    await lease.send(lease.event("checkpoint_saved", **saved))
    assert await reason() == "The policy of sft is on its way to the artifact store"
    good(await lease.checkpoint(10))
    assert (await world.run(rlvr))["state"] == "queued"

    good(await world.admin.post(f"/runs/{rlvr}/cancel"))
    async with world.parts.database.writing() as session:
        checkpoint = (await session.scalars(select(Checkpoint))).one()
        checkpoint.durable_at, checkpoint.deleted_at = None, checkpoint.durable_at
    good(await world.admin.post(f"/runs/{rlvr}/retry"))
    assert await reason() == "The policy of sft was deleted: restart sft"
    good(await world.admin.post(f"/runs/{sft}/restart"))
    assert await reason() == "Blocked by sft"
