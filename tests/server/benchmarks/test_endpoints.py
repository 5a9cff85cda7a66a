from __future__ import annotations

from datetime import UTC, datetime, timedelta

from sqlalchemy import update

from server.tables import Attempt
from tests.server.world import RLVR, SFT, Lease, World, good


async def score(lease: Lease, arm: str, value: float) -> None:
    estimate = {"value": value, "low": value - 0.1, "high": value + 0.1, "n": 512}
    await lease.send(
        lease.event(
            "benchmark_scored", step=0, benchmark="shapes", arm=arm, majority=0.25,
            scores={"accuracy_greedy": estimate}, supervision={"caption_recall": 0.9},
        )
    )  # fmt: skip


async def test_the_table_has_a_row_for_every_arm(world: World) -> None:
    pipeline = await world.launch(
        sft=SFT,
        rlvr=RLVR,
        a={"kind": "evaluate", "policy": {"run": "sft"}, "data": "shapes"},
        b={"kind": "evaluate", "policy": {"run": "rlvr"}, "data": "shapes"},
    )
    done: dict[str, Lease] = {}
    for _ in range(4):
        lease = await world.claim()
        name = lease.claimed["run_name"]
        done[name] = lease
        if name in ("a", "b"):
            await lease.start()
            await score(lease, {"a": "sft", "b": "rlvr"}[name], {"a": 0.4, "b": 0.7}[name])
            await score(lease, {"a": "sft", "b": "rlvr"}[name], {"a": 0.5, "b": 0.8}[name])
            await lease.exit()
        else:
            await lease.succeed()
    async with world.parts.database.writing() as session:
        for name, seconds in (("sft", 10), ("rlvr", 5), ("a", 100), ("b", 100)):
            began = datetime(2026, 1, 1, tzinfo=UTC)
            await session.execute(
                update(Attempt)
                .where(Attempt.id == done[name].claimed["attempt_id"])
                .values(started_at=began, ended_at=began + timedelta(seconds=seconds))
            )
    found = good(await world.admin.get(f"/pipelines/{pipeline['id']}/results"))
    assert found["benchmarks"] == ["shapes"]
    assert [(arm["arm"], arm["seconds"]) for arm in found["arms"]] == [("sft", 10), ("rlvr", 15)]
    sft = found["arms"][0]
    assert sft["scores"]["accuracy_greedy"]["value"] == 0.5
    assert (sft["supervision"], sft["majority"]) == ({"caption_recall": 0.9}, 0.25)
    assert sft["run_id"] == done["a"].run_id
    everything = good(await world.admin.get("/results"))
    assert everything == found
    nothing = good(await world.admin.get("/results", params={"project_id": "prj_no"}))
    assert nothing == {"benchmarks": [], "arms": []}
