from __future__ import annotations

import asyncio
import time

import pytest

from server.actors import WORKER, Scope
from server.workers import claims
from tests.server.world import SFT, World, good


async def test_the_answer_holds_all_that_the_worker_needs(world: World) -> None:
    pipeline = await world.launch()
    claimed = (await world.claim()).claimed
    run = pipeline["runs"][0]
    assert claimed["run_id"] == run["id"]
    assert (claimed["attempt"], claimed["kind"], claimed["lease_seconds"]) == (1, "sft", 60.0)
    assert claimed["recipe"]["name"] == "demo"
    assert claimed["recipe"]["seed"] == 7
    assert list(claimed["recipe"]["runs"]) == ["sft"]
    assert claimed["recipe"]["runs"]["sft"]["policy"] == {"model": "tiny"}
    assert claimed["inputs"] == [
        {"role": "data", "kind": "dataset", "name": "shapes", "location": "shapes",
         "fingerprint": "d1"},
        {"role": "policy", "kind": "model", "name": "tiny", "location": "tiny",
         "fingerprint": "m1"},
    ]  # fmt: skip
    assert claimed["resume"] is None
    shown = await world.run(run["id"])
    assert (shown["state"], shown["attempt"]) == ("claimed", 1)
    assert shown["worker_id"] == world.worker_id


async def test_further_data_sets_are_needed_too(world: World) -> None:
    await world.launch(sft=SFT | {"mixed_with": {"shapes": 0.5}})
    claimed = (await world.claim()).claimed
    assert claimed["recipe"]["runs"]["sft"]["mixed_with"] == {"shapes": 0.5}
    assert [(needed["role"], needed["name"]) for needed in claimed["inputs"]] == [
        ("data", "shapes"), ("mixed_with", "shapes"), ("policy", "tiny"),
    ]  # fmt: skip


async def test_an_evaluation_is_named_after_its_policys_run(world: World) -> None:
    evaluate = {"kind": "evaluate", "policy": {"run": "sft"}, "data": "shapes"}
    await world.launch(sft=SFT, test=evaluate)
    await (await world.claim()).succeed()
    claimed = (await world.claim()).claimed
    assert claimed["recipe"]["runs"]["test"]["arm"] == "sft"


async def test_an_offer_sent_again_before_it_is_answered_gets_one_run(world: World) -> None:
    """A worker that hears of new work does so, and the first request may still be at work."""
    for _ in range(6):
        await world.launch()
    offer = world.offer(key="sent-again")
    answers = await asyncio.gather(
        *(world.worker.post("/worker/claim", json=offer) for _ in range(6))
    )
    assert len({good(answer)["run_id"] for answer in answers}) == 1
    claimed = good(await world.admin.get("/runs", params={"filter": "state = claimed"}))["data"]
    assert len(claimed) == 1


async def test_the_same_key_gets_the_same_answer(world: World) -> None:
    await world.launch()
    await world.launch()
    offer = world.offer(key="lost-reply")
    first = good(await world.worker.post("/worker/claim", json=offer))
    again = good(await world.worker.post("/worker/claim", json=offer))
    other = good(await world.worker.post("/worker/claim", json=world.offer()))
    assert first == again
    assert other["run_id"] != first["run_id"]


async def test_the_oldest_run_of_an_offered_queue_comes_first(world: World) -> None:
    first = await world.launch()
    await world.launch()
    response = await world.worker.post("/worker/claim", json=world.offer(queues=["gpu"]))
    assert response.status_code == 204
    assert (await world.claim()).run_id == first["runs"][0]["id"]


async def test_a_run_goes_to_one_worker_only(world: World) -> None:
    launched = {(await world.launch())["runs"][0]["id"] for _ in range(4)}
    offers = [world.worker.post("/worker/claim", json=world.offer(wait=20)) for _ in range(4)]
    claimed = [good(response)["run_id"] for response in await asyncio.gather(*offers)]
    assert sorted(claimed) == sorted(launched)
    assert await world.nothing_to_claim()


async def test_a_launch_ends_the_wait_of_an_idle_worker(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Who looks only now and then would not see it in time.
    monkeypatch.setattr(claims, "POLL_SECONDS", 60)
    waiting = asyncio.create_task(world.claim(wait=20))
    await asyncio.sleep(0.2)
    await world.launch()
    async with asyncio.timeout(10):
        await waiting


async def test_a_wait_without_work_ends_when_it_was_said_to(world: World) -> None:
    began = time.monotonic()
    response = await world.worker.post("/worker/claim", json=world.offer(wait=0.3))
    assert response.status_code == 204
    assert 0.25 < time.monotonic() - began < 10


async def test_a_worker_of_another_contract_is_told_what_to_do(world: World) -> None:
    for headers in ({"Prism-Contract": "99"}, {"Prism-Contract": ""}):
        response = await world.worker.post("/worker/claim", json=world.offer(), headers=headers)
        assert response.status_code in (422, 426)
    response = await world.worker.post(
        "/worker/claim", json=world.offer(), headers={"Prism-Contract": "99"}
    )
    assert response.status_code == 426
    assert "install the same release" in response.json()["detail"]


async def test_a_worker_sees_only_what_was_leased_to_it(world: World) -> None:
    await world.launch()
    lease = await world.claim()
    async with await world.another_worker() as stranger:
        stranger.headers["Prism-Contract"] = "1"
        for verb, body in (("heartbeat", {}), ("exit", {"kind": "succeeded"})):
            response = await stranger.post(f"{lease.path}/{verb}", json=body)
            assert response.status_code == 404, verb
        response = await stranger.post("/worker/claim", json=world.offer())
        assert response.status_code == 404


async def test_a_workers_token_reaches_its_queues_and_projects_only(world: World) -> None:
    launched = await world.launch()
    elsewhere = await world.new_project("elsewhere")
    scopes = (
        (Scope(WORKER, queues=frozenset({"a100"})), False),
        (Scope(WORKER, projects=frozenset({elsewhere})), False),
        (Scope(WORKER, frozenset({launched["project_id"]}), frozenset({"default"})), True),
    )
    for scope, taken in scopes:
        worker = await world.another_worker(scope)
        body = {"name": "x", "host": "h", "pid": 1, "slots": 1, "queues": ["default", "a100"]}
        offer = world.offer(queues=["default", "a100"]) | {
            "worker_id": good(await worker.post("/worker/register", json=body))["worker_id"]
        }
        claimed = await worker.post("/worker/claim", json=offer)
        assert claimed.status_code == (200 if taken else 204)


async def test_a_slot_gets_only_what_fits_it(world: World) -> None:
    asked = {
        "anything": {},
        "none": {"gpus": 0},
        "two": {"gpus": 2},
        "large": {"gpus": 1, "gpu_memory": 141},
        "nominal": {"gpus": 1, "gpu_memory": 80},
        "elsewhere": {"queue": "h200"},
    }
    await world.launch(**{name: SFT | {"resources": needs} for name, needs in asked.items()})
    worker = await world.new_worker("gpus", gpus=(1, 2, 0))

    async def given(slot: int) -> list[str]:
        taken = []
        while True:
            offer = world.offer(worker_id=worker, slot=slot)
            response = await world.worker.post("/worker/claim", json=offer)
            if response.status_code == 204:
                return taken
            taken.append((response.json()["run_name"], response.json()["gpus"]))

    assert await given(2) == [("anything", None), ("none", 0)]
    # An H100 of 80 GB has 81,559 MiB, which is more; nobody counts the difference when asking.
    assert await given(0) == [("nominal", 1)]
    assert await given(1) == [("two", 2)]
    for wrong in ([[]], [[], [], []]):
        body = {"name": "x", "host": "h", "pid": 1, "slots": 2, "queues": ["a"], "devices": wrong}
        response = await world.worker.post("/worker/register", json=body)
        assert response.status_code == 422
        assert "devices: name those of each of the 2 slots" in response.text


async def test_workers_are_listed_with_what_they_do(world: World) -> None:
    await world.launch()
    lease = await world.claim()
    idle = await world.new_worker("two")
    assert await world.new_worker("two") == idle
    (two, one) = good(await world.admin.get("/workers"))["data"]
    assert (two["name"], two["state"], two["run_ids"]) == ("two", "online", [])
    assert (one["name"], one["queues"], one["run_ids"]) == ("one", ["default"], [lease.run_id])


async def test_an_exit_counts_once(world: World) -> None:
    await world.launch()
    lease = await world.claim()
    await lease.start()
    first = await lease.exit("succeeded")
    again = await lease.exit("code", "late doubt")
    assert (first["state"], again["state"]) == ("succeeded", "succeeded")


async def test_an_exit_without_words_is_explained(world: World) -> None:
    await world.launch()
    lease = await world.claim()
    body = {"kind": "code", "signal": 11, "code": None}
    run = good(await world.worker.post(f"{lease.path}/exit", json=body))
    assert run["exit"] == {"kind": "code", "message": "The engine was ended by signal 11"}
