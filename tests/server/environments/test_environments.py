from __future__ import annotations

from typing import Any

from tests.server.world import SFT, Lease, World, good


def environment(**changes: Any) -> dict[str, Any]:
    return {
        "code": {"version": "1.0", "commit": "c" * 40, "changed": ["a.py"], "diff_sha256": "d"},
        "python": "3.11.7",
        "packages": {"torch": "2.12.0", "numpy": "2.4.0"},
        "platform": "Linux",
        "gpus": [{"name": "H100", "memory": 85_000_000_000, "capability": "9.0"}],
        "driver": "570.1",
        "threads": 1,
        "seed": 7,
        "data": {"data": {"path": "/data/shapes/data.jsonl", "sha256": "e" * 64, "size": 9}},
        "settings": {"steps": 10},
    } | changes


PATCH = {"path": "a.py", "text": "-old\n+new\n", "cut": False}


async def record(lease: Lease, patches: list[Any] | None = None, **changes: Any) -> None:
    told = environment(**changes)
    event = lease.event("environment_recorded", environment=told, patches=patches or [])
    assert (await lease.send(event))["quarantined"] == 0


async def test_each_attempt_keeps_what_it_was_carried_out_with(world: World) -> None:
    (run,) = (await world.launch())["runs"]
    path = f"/runs/{run['id']}/environment"
    nothing = good(await world.admin.get(path))
    assert (nothing["attempt"], nothing["environment"]) == (None, None)
    assert (await world.admin.get(f"{path}/patches")).status_code == 404

    first = await world.claim()
    await record(first, [PATCH])
    await first.start()
    await first.exit("infrastructure", "the disk failed")
    second = await world.claim()
    await record(second, packages={"torch": "2.13.0"})

    newest = good(await world.admin.get(path))
    assert (newest["attempt"], newest["environment"]["packages"]) == (2, {"torch": "2.13.0"})
    assert {(one["role"], one["name"], one["fingerprint"]) for one in newest["inputs"]} == {
        ("data", "shapes", "d1"),
        ("policy", "tiny", "m1"),
    }
    older = good(await world.admin.get(path, params={"attempt": 1}))
    assert older["recorded_at"] == "2026-01-01T00:00:00Z"
    assert older["environment"]["code"]["commit"] == "c" * 40
    assert older["environment"]["gpus"][0]["name"] == "H100"
    patches = good(await world.admin.get(f"{path}/patches", params={"attempt": 1}))
    assert (patches["attempt"], patches["patches"]) == (1, [PATCH])
    assert good(await world.admin.get(f"{path}/patches"))["patches"] == []


async def test_a_long_patch_is_kept_whole(world: World) -> None:
    (run,) = (await world.launch())["runs"]
    patches = [{"path": f"{n}.py", "text": "x" * 60_000, "cut": n > 0} for n in range(16)]
    await record(await world.claim(), patches)
    assert (
        good(await world.admin.get(f"/runs/{run['id']}/environment/patches"))["patches"] == patches
    )


async def test_two_runs_are_compared_by_it_too(world: World) -> None:
    (one,) = (await world.launch(sft=SFT))["runs"]
    (other,) = (await world.launch(sft=SFT))["runs"]
    await record(await world.claim())
    path = f"/runs/{one['id']}/diff"
    alone = good(await world.admin.get(path, params={"other": other["id"]}))
    assert (alone["changes"], alone["environment"]) == ([], [])

    elsewhere = {"path": "/mnt/data.jsonl", "sha256": "e" * 64, "size": 9}
    await record(
        await world.claim(), packages={"torch": "2.12.0", "numpy": "2.5.0"}, settings={},
        code={"commit": "b" * 40}, data={"data": elsewhere},
    )  # fmt: skip
    found = good(await world.admin.get(path, params={"other": other["id"]}))
    differing = {row["field"]: (row["before"], row["after"]) for row in found["environment"]}
    assert differing == {
        "code.version": ("1.0", None),
        "code.commit": ("c" * 40, "b" * 40),
        "code.changed": (["a.py"], []),
        "code.diff_sha256": ("d", None),
        "packages.numpy": ("2.4.0", "2.5.0"),
    }


async def test_nobody_from_outside_sees_it(world: World) -> None:
    (run,) = (await world.launch())["runs"]
    await record(await world.claim(), [PATCH])
    outsider = await world.person("olga", {await world.new_project("mine"): "admin"})
    for path in ("environment", "environment/patches"):
        assert (await outsider.get(f"/runs/{run['id']}/{path}")).status_code == 404


async def test_settings_without_an_end_of_groups_are_put_aside_and_the_run_goes_on(
    world: World,
) -> None:
    await world.launch()
    lease = await world.claim()
    for levels, stored in ((60, 1), (70, 0), (500, 0)):
        settings: dict[str, Any] = {}
        for _ in range(levels):
            settings = {"a": settings}
        told = environment(settings=settings)
        answer = await lease.send(lease.event("environment_recorded", environment=told))
        assert (answer["accepted"], answer["quarantined"]) == (stored, 1 - stored)
    await lease.start()
    assert good(await world.admin.get(f"/runs/{lease.run_id}/environment"))["attempt"] == 1
