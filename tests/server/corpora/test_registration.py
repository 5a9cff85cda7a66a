"""A finished curation becomes three registered data sets, once, or says why it did not."""

from __future__ import annotations

from typing import Any

import pytest

from tests.server.world import Lease, World, good

ENDPOINT = {"url": "http://127.0.0.1:1/v1", "model": "teacher"}
CURATE = {
    "kind": "curate", "data": "shapes", "cap": 1.0,
    "teacher": {"endpoint": ENDPOINT | {"price": {"version": "1", "input": 1.0, "output": 1.0}}},
}  # fmt: skip


def corpus(world: World, run_id: str, *parts: str) -> dict[str, Any]:
    """Put a corpus where the server sees it, and return what a worker says of it."""
    datasets = []
    for part in parts or ("sft", "alignment", "rlvr"):
        place = world.settings.home / "data" / "curated" / run_id / part
        (place / "images").mkdir(parents=True)
        (place / "data.jsonl").write_text("{}\n")
        datasets.append({"part": part, "location": f"curated/{run_id}/{part}"})
    return {"host": "gpu-7", "datasets": datasets}


async def curating(world: World, **runs: Any) -> Lease:
    await world.launch(**(runs or {"curate": CURATE}))
    return await world.claim()


async def offer(lease: Lease, body: dict[str, Any]) -> Any:
    response = await lease.world.worker.post(f"{lease.path}/datasets", json=body)
    return good(response)["data"]


async def registered(world: World) -> list[tuple[str, str | None]]:
    rows = good(await world.admin.get("/datasets"))["data"]
    return sorted((row["name"], row["run_id"]) for row in rows if row["name"] != "shapes")


async def test_a_corpus_is_three_data_sets_that_remember_their_run(world: World) -> None:
    lease = await curating(world)
    said = await offer(lease, corpus(world, lease.run_id))
    assert [row["name"] for row in said] == ["demo-sft", "demo-alignment", "demo-rlvr"]
    assert [row["problem"] for row in said] == [None, None, None]
    assert await registered(world) == [
        ("demo-alignment", lease.run_id), ("demo-rlvr", lease.run_id), ("demo-sft", lease.run_id),
    ]  # fmt: skip
    await lease.exit()
    assert good(await world.admin.get(f"/runs/{lease.run_id}/datasets"))["data"] == said
    found = good(await world.admin.get(f"/datasets/{said[0]['dataset_id']}"))
    assert (found["rows"], found["location"]) == (2, f"curated/{lease.run_id}/sft")
    assert good(await world.admin.get(f"/datasets/{found['id']}/preview"))["data"][0]["id"] == "a"


async def test_what_is_said_twice_is_registered_once(world: World) -> None:
    lease = await curating(world)
    body = corpus(world, lease.run_id)
    first = await offer(lease, body)
    assert await offer(lease, body) == first
    # The worker dies before it reports the end, and the next attempt comes to the same corpus.
    await lease.exit("infrastructure")
    again = await world.claim()
    assert (again.run_id, again.claimed["attempt"]) == (lease.run_id, 2)
    assert await offer(again, body) == first
    assert len(await registered(world)) == 3
    late = await world.worker.post(f"{lease.path}/datasets", json=body)
    assert (late.status_code, late.json()["code"]) == (409, "superseded")


async def test_a_taken_name_gives_all_three_a_number(world: World) -> None:
    corpus(world, "mine", "sft")
    mine = {"name": "demo-alignment", "location": "curated/mine/sft"}
    good(await world.admin.post("/datasets", json=mine))
    lease = await curating(world)
    said = await offer(lease, corpus(world, lease.run_id))
    assert [row["name"] for row in said] == ["demo-2-sft", "demo-2-alignment", "demo-2-rlvr"]


async def test_two_curations_of_a_pipeline_are_told_apart_by_their_runs(world: World) -> None:
    lease = await curating(world, small=CURATE, large=CURATE)
    (said,) = await offer(lease, corpus(world, lease.run_id, "sft"))
    assert said["name"] == "demo-small-sft"


async def test_what_the_server_cannot_see_keeps_its_name_until_somebody_brings_it(
    world: World,
) -> None:
    lease = await curating(world)
    location = f"curated/{lease.run_id}/sft"
    unseen = {"host": "gpu-7", "datasets": [{"part": "sft", "location": location}]}
    (said,) = await offer(lease, unseen)
    assert (said["name"], said["host"], said["dataset_id"]) == ("demo-sft", "gpu-7", None)
    assert "there is no such thing below" in said["problem"]
    assert await registered(world) == []
    corpus(world, "other", "sft")
    body = {"name": "demo-sft", "location": "curated/other/sft"}
    taken = await world.admin.post("/datasets", json=body)
    assert taken.status_code == 409
    assert f"what a curation left at {location} on gpu-7" in taken.json()["detail"]
    corpus(world, lease.run_id, "sft")
    made = good(await world.admin.post("/datasets", json=body | {"location": location}))
    assert made["run_id"] == lease.run_id
    (row,) = good(await world.admin.get(f"/runs/{lease.run_id}/datasets"))["data"]
    assert (row["dataset_id"], row["problem"]) == (made["id"], None)


async def test_what_the_engine_finds_wrong_is_said_and_the_others_are_registered(
    world: World,
) -> None:
    lease = await curating(world)
    body = corpus(world, lease.run_id, "sft")
    broken = world.settings.home / "data" / "broken"
    broken.mkdir()
    (broken / "data.jsonl").write_text("{}\n")
    body["datasets"].append({"part": "rlvr", "location": "broken"})
    sft, rlvr = await offer(lease, body)
    assert sft["dataset_id"] is not None
    assert rlvr["dataset_id"] is None
    assert "images/x.png does not decode" in rlvr["problem"]


@pytest.mark.parametrize("location", ["/etc", "../outside", "curated/../../x"])
async def test_a_worker_can_name_nothing_outside_the_roots(world: World, location: str) -> None:
    lease = await curating(world)
    body = {"host": "gpu-7", "datasets": [{"part": "sft", "location": location}]}
    (said,) = await offer(lease, body)
    assert said["problem"].startswith("location: ")
    assert await registered(world) == []


async def test_only_the_holder_of_a_curations_lease_may(world: World) -> None:
    await world.launch()
    training = await world.claim()
    body = {"host": "gpu-7", "datasets": [{"part": "sft", "location": "x"}]}
    refused = await world.worker.post(f"{training.path}/datasets", json=body)
    assert (refused.status_code, refused.json()["code"]) == (409, "conflict")
    lease = await curating(world)
    other = await world.another_worker()
    assert (await other.post(f"{lease.path}/datasets", json=body)).status_code == 404
    assert await registered(world) == []
