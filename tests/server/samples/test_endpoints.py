from __future__ import annotations

from typing import Any

from tests.server.world import Lease, World, good


def response(caption: str, think: str, answer: str = "3") -> dict[str, Any]:
    text = f"<caption>{caption}</caption><think>{think}</think><answer>{answer}</answer>"
    return {
        "text": text, "valid": True, "tokens": 9, "answer": answer,
        "caption": {"text": caption}, "reasoning": {"text": think},
    }  # fmt: skip


SHOWN = response("- a cup\n- a plate\n- a spoon", "Count them.\nThree things.")


def sample(item: str, *rollouts: dict[str, Any]) -> dict[str, Any]:
    return {
        "item": item, "question": "How many?", "gold": "3", "images": [],
        "demonstration": SHOWN, "rollouts": list(rollouts),
    }  # fmt: skip


async def drawn(lease: Lease, step: int, *samples: dict[str, Any]) -> None:
    await lease.send(lease.event("samples_drawn", step=step, samples=list(samples)))


async def two_runs(world: World) -> tuple[Lease, Lease]:
    leases = []
    for _ in range(2):
        await world.launch()
        lease = await world.claim()
        await lease.start()
        await lease.step(1, 2)
        leases.append(lease)
    first, second = leases
    await drawn(first, 1, sample("cups", response("- a cup", "One.")), sample("forks"))
    await drawn(first, 2, sample("cups", response("- a cup\n- a plate", "One.\nTwo.")))
    malformed = {"text": "three", "valid": False, "malformed": "no caption", "tokens": 1}
    await drawn(second, 1, sample("cups", response("- a bowl", "One."), malformed))
    await drawn(second, 2, sample("plates", response("- a plate", "One.")))
    return first, second


async def test_what_several_runs_said_to_the_same_item_stands_together(world: World) -> None:
    first, second = await two_runs(world)
    runs = f"{second.run_id},{first.run_id}"
    found = good(await world.admin.get("/shared-samples", params={"runs": runs}))
    assert found["items"] == [{"item": "cups", "runs": 2}]
    assert found["item"] == "cups"
    assert [
        (one["run_id"], one["newest"]["step"], one["newest"]["sample"]["rollouts"][0]["text"][:19])
        for one in found["samples"]
    ] == [
        (second.run_id, 1, "<caption>- a bowl</"),
        (first.run_id, 2, "<caption>- a cup\n- "),
    ]
    # One that is asked for may be of one run alone.
    only = {"runs": runs, "item": "plates"}
    (plates,) = good(await world.admin.get("/shared-samples", params=only))["samples"]
    assert plates["run_id"] == second.run_id
    assert (await world.admin.get("/shared-samples", params={"runs": " , "})).status_code == 422
    gone = await world.admin.get("/shared-samples", params={"runs": "run_x"})
    assert gone.status_code == 404
    outsider = await world.person("olga", {await world.new_project("mine"): "admin"})
    assert (await outsider.get("/shared-samples", params={"runs": runs})).status_code == 404
    assert (await outsider.get("/comparison", params={"runs": runs})).status_code == 404


async def test_structure_counts_well_formed_responses_and_each_demonstration_once(
    world: World,
) -> None:
    first, second = await two_runs(world)
    found = good(await world.admin.get(f"/runs/{first.run_id}/structure"))
    assert found == {
        "policy_responses": 2,
        "supervision_responses": 2,
        "caption_items": {"policy": [0, 1, 1], "supervision": [0, 0, 0, 2]},
        "reasoning_steps": {"policy": [0, 1, 1], "supervision": [0, 0, 2]},
    }
    other = good(await world.admin.get(f"/runs/{second.run_id}/structure"))
    assert other["policy_responses"] == 2
    assert other["caption_items"]["policy"] == [0, 2]


async def test_one_item_is_followed_through_the_steps_that_drew_it(world: World) -> None:
    first, _ = await two_runs(world)
    path = f"/runs/{first.run_id}/samples"
    followed = good(await world.admin.get(path, params={"item": "cups"}))
    assert followed["steps"] == [1, 2]
    assert [(one["step"], one["sample"]["item"]) for one in followed["data"]] == [
        (1, "cups"),
        (2, "cups"),
    ]
    (later,) = good(await world.admin.get(path, params={"item": "cups", "step": 2}))["data"]
    assert later["sample"]["rollouts"][0]["text"].startswith("<caption>- a cup\n- a plate")
    nothing = good(await world.admin.get(path, params={"item": "bowls"}))
    assert (nothing["data"], nothing["steps"]) == ([], [])
    assert good(await world.admin.get(path))["steps"] == [1, 2]
