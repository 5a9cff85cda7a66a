from __future__ import annotations

import asyncio
from typing import Any

import pytest
from httpx import AsyncClient

from server.settings import Settings
from tests.server.world import SFT, Lease, World, eventually, good

TWO = SFT | {
    "resources": {"nodes": 2, "gpus": 4, "queue": "h100"}, "distribution": {"kind": "fsdp2"},
}  # fmt: skip


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """Silence is noticed while a test waits for it."""
    return settings.model_copy(update={"lease_seconds": 2})


class Node:
    """A slot of a worker of its own, with a token of its own."""

    def __init__(self, world: World, client: AsyncClient, worker_id: str, name: str) -> None:
        self.world, self.client, self.worker_id, self.name = world, client, worker_id, name
        self.offer: dict[str, Any] = {}

    @classmethod
    async def new(cls, world: World, name: str, gpus: int = 4) -> Node:
        client = await world.another_worker()
        devices = [{"uuid": f"{name}-{i}", "name": "H100", "memory": 81_559} for i in range(gpus)]
        body = {"name": name, "host": name, "pid": 1, "slots": 1, "queues": ["h100"]}
        answer = await client.post("/worker/register", json=body | {"devices": [devices]})
        return cls(world, client, good(answer)["worker_id"], name)

    async def ask(self, wait: float = 0, key: str | None = None) -> Any:
        """Offer the slot; None if nothing was given."""
        self.offer = self.world.offer(
            wait, key, worker_id=self.worker_id, queues=["h100"],
            rendezvous={"address": f"{self.name}.lab", "port": 29_500},
        )  # fmt: skip
        response = await self.client.post("/worker/claim", json=self.offer)
        assert response.is_success, response.text
        return response.json() if response.content else None

    async def say(self, claimed: Any, verb: str, **body: Any) -> Any:
        """Speak for a further node."""
        path = f"/worker/members/{claimed['gang']['member_id']}/{verb}"
        return good(await self.client.post(path, json=body))


async def gang(world: World) -> tuple[Node, Any, Node, Any]:
    """Two nodes with what they were given, node 0 first."""
    nodes = [await Node.new(world, name) for name in ("a", "b")]
    given = await asyncio.gather(*(node.ask(wait=20) for node in nodes))
    (first, zero), (second, one) = sorted(
        zip(nodes, given, strict=True), key=lambda pair: pair[1]["gang"]["rank"]
    )
    return first, zero, second, one


async def attempts(world: World, run_id: str) -> Any:
    return good(await world.admin.get(f"/runs/{run_id}/attempts"))["data"]


async def test_all_slots_of_a_run_are_claimed_together(world: World) -> None:
    (run,) = (await world.launch(sft=TWO))["runs"]
    first, zero, second, one = await gang(world)
    assert (zero["run_id"], zero["attempt_id"]) == (run["id"], one["attempt_id"])
    meeting = {"nodes": 2, "master_address": f"{first.name}.lab", "master_port": 29_500}
    assert zero["gang"] == {"rank": 0, "member_id": None} | meeting
    assert one["gang"] == {"rank": 1, "member_id": one["gang"]["member_id"]} | meeting
    (attempt,) = await attempts(world, run["id"])
    assert attempt["number"] == 1
    # Whoever lost the answer is given it again.
    again = await second.client.post("/worker/claim", json=second.offer)
    assert good(again) == one
    workers = good(await world.admin.get("/workers"))["data"]
    assert {w["name"]: w["run_ids"] for w in workers} == {
        "a": [run["id"]], "b": [run["id"]], "one": [],
    }  # fmt: skip
    (quota,) = good(await world.admin.get("/quotas"))["data"]
    assert (quota["runs"], quota["gpus"]) == (1, 8)
    assert good(await world.admin.get("/queues"))["data"][1]["free"] == 0


async def test_a_slot_alone_is_given_nothing_and_keeps_no_seat(world: World) -> None:
    (run,) = (await world.launch(sft=TWO))["runs"]
    a = await Node.new(world, "a")
    assert await a.ask() is None
    shown = await world.run(run["id"])
    assert shown["reason"] == "Needs 2 slots with 4 GPUs each, and queue h100 has 1"
    b = await Node.new(world, "b")
    shown = await world.run(run["id"])
    assert shown["reason"] == "Waits for 2 slots with 4 GPUs each on queue h100; it is next"
    # Each alone gives up its seat when its offer ends.
    assert await a.ask(wait=0.1) is None
    assert await b.ask(wait=0.1) is None
    assert (await world.run(run["id"]))["state"] == "queued"
    # Without a place for the others to meet it, a slot is no node.
    offer = a.offer | {"claim_key": "another-key", "rendezvous": None}
    assert (await a.client.post("/worker/claim", json=offer)).status_code == 204


async def test_a_node_that_fails_ends_the_attempt_for_all(world: World) -> None:
    await world.launch(sft=TWO)
    first, zero, second, one = await gang(world)
    lease = Lease(world, zero)
    world.worker = first.client
    await lease.start()
    assert (await second.say(one, "heartbeat"))["superseded"] is False
    run = await second.say(one, "exit", kind="code", message="Traceback …")
    assert (run["state"], run["exit"]) == (
        "failed",
        {"kind": "code", "message": f"Node 1, on worker {second.name}: Traceback …"},
    )
    assert (await lease.heartbeat())["superseded"] is True
    again = await second.say(one, "exit", kind="code", message="Traceback …")
    assert again["version"] == run["version"]


async def test_a_node_that_falls_silent_ends_the_attempt_for_all(world: World) -> None:
    await world.launch(sft=TWO)
    first, zero, second, one = await gang(world)
    world.worker = first.client
    lease = Lease(world, zero)

    async def is_over() -> bool:
        return bool((await lease.heartbeat())["superseded"])

    await eventually(is_over, 20)
    (attempt,) = await attempts(world, lease.run_id)
    assert attempt["exit"] == {
        "kind": "lost",
        "message": f"Node 1, on worker {second.name}, was not heard of for a lease",
    }
    assert (await world.run(lease.run_id))["state"] == "queued"
    assert (await second.say(one, "heartbeat"))["superseded"] is True
    # Both are free again, and go on together.
    given = await asyncio.gather(first.ask(wait=20), second.ask(wait=20))
    assert sorted(part["gang"]["rank"] for part in given) == [0, 1]
    assert {part["attempt"] for part in given} == {2}


async def test_a_run_that_is_stopped_ends_when_node_0_has_saved(world: World) -> None:
    await world.launch(sft=TWO)
    first, zero, second, one = await gang(world)
    world.worker = first.client
    lease = Lease(world, zero)
    await lease.start()
    good(await world.admin.post(f"/runs/{lease.run_id}/stop"))
    assert (await second.say(one, "heartbeat"))["desired_state"] == "stop"
    run = await second.say(one, "exit", kind="stopped", message="stopped on request")
    assert run["state"] == "running"
    assert (await lease.exit("stopped"))["state"] == "stopped"


async def test_a_quota_counts_the_gpus_of_all_nodes(world: World) -> None:
    project = await world.default_project()
    (run,) = (await world.launch(sft=TWO))["runs"]
    for name in ("a", "b"):
        await Node.new(world, name)
    good(await world.admin.put(f"/projects/{project}/quota", json={"max_gpus": 7}))
    shown = await world.run(run["id"])
    assert shown["reason"] == "Takes 8 GPUs, and the quota of this project is 7"


async def test_a_node_is_its_workers_alone(world: World) -> None:
    await world.launch(sft=TWO)
    *_, one = await gang(world)
    path = f"/worker/members/{one['gang']['member_id']}/heartbeat"
    assert (await world.worker.post(path, json={})).status_code == 404
