from __future__ import annotations

from typing import Any

from tests.server.world import AT, Lease, World, good

EXPERT = {
    "accuracy": {"value": 0.71, "low": 0.65, "high": 0.77, "n": 256},
    "length_accuracy": {"value": 0.52, "low": 0.46, "high": 0.58, "n": 256},
    "gap": 1.9,
    "saturation_gap": 6.43,
    "score_spread": 1.2,
    "ties": 3,
}


async def audit(lease: Lease, *steps: int, **changes: Any) -> Any:
    found = {
        "pairs": 256, "verdict": "healthy", "reason": "all is well", "valid_share": 0.97,
        "experts": {"perception": EXPERT},
    }  # fmt: skip
    return await lease.send(
        *(lease.event("audited", step=step, **(found | changes)) for step in steps)
    )


async def audits(world: World, lease: Lease, **query: Any) -> Any:
    return good(await world.admin.get(f"/runs/{lease.run_id}/audits", params=query))


async def started(world: World) -> Lease:
    lease = await world.claim()
    await lease.start()
    return lease


async def test_the_last_audit_is_part_of_the_run(world: World) -> None:
    pipeline = await world.launch()
    lease = await started(world)
    before = await world.run(lease.run_id)
    assert before["audit"] is None
    await lease.step(*range(1, 51))
    await audit(lease, 25)
    await audit(lease, 50, verdict="saturated", reason="99% of pairs")
    run = await world.run(lease.run_id)
    assert run["audit"] == {
        "step": 50, "attempt": 1, "at": AT, "pairs": 256, "verdict": "saturated",
        "reason": "99% of pairs", "valid_share": 0.97, "experts": {"perception": EXPERT},
    }  # fmt: skip
    assert run["version"] > before["version"]
    (listed,) = (await world.pipeline(pipeline["id"]))["runs"]
    assert listed["audit"] == run["audit"]


async def test_an_audit_may_lack_verdict_and_accuracies(world: World) -> None:
    await world.launch()
    lease = await started(world)
    await lease.step(1)
    unknown = EXPERT | {"accuracy": None, "length_accuracy": None}
    await audit(lease, 1, verdict=None, pairs=0, experts={"response": unknown})
    (found,) = (await audits(world, lease))["data"]
    assert (found["verdict"], found["pairs"]) == (None, 0)
    assert found["experts"] == {"response": unknown}


async def test_audits_come_by_step_and_page_by_page(world: World) -> None:
    await world.launch()
    lease = await started(world)
    await lease.step(*range(1, 76))
    await audit(lease, 25, 50, 75)
    page = await audits(world, lease, limit=2)
    assert ([one["step"] for one in page["data"]], page["next_cursor"]) == ([25, 50], "50")
    rest = await audits(world, lease, after=page["next_cursor"])
    assert ([one["step"] for one in rest["data"]], rest["next_cursor"]) == ([75], None)
    assert (await world.admin.get("/runs/run_no/audits")).status_code == 404


async def test_a_later_attempt_replaces_audits_from_its_first_step(world: World) -> None:
    await world.launch()
    first = await started(world)
    await first.step(*range(1, 61))
    await audit(first, 25, 50)
    await first.exit("infrastructure", "node down")
    second = await started(world)
    await second.step(*range(41, 52))
    assert [one["step"] for one in (await audits(world, second))["data"]] == [25]
    await audit(second, 50, verdict="matched")
    found = (await audits(world, second))["data"]
    assert [(one["step"], one["attempt"], one["verdict"]) for one in found] == [
        (25, 1, "healthy"), (50, 2, "matched"),
    ]  # fmt: skip
    # Late news of the older attempt is history, and not how the run stands.
    await audit(first, 60, verdict="collapsed")
    assert (await world.run(first.run_id))["audit"]["verdict"] == "matched"


async def test_an_audit_with_a_number_that_is_none_is_put_aside(world: World) -> None:
    await world.launch()
    lease = await started(world)
    reply = await audit(lease, 1, experts={"perception": EXPERT | {"gap": float("nan")}})
    assert (reply["accepted"], reply["quarantined"]) == (0, 1)
    assert (await audits(world, lease))["data"] == []
