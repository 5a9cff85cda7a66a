"""Data sets and models are registered alike."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.server.world import World, good

KINDS = pytest.mark.parametrize("kind", ["datasets", "models"])


@pytest.fixture
def root(world: World) -> Path:
    return world.settings.home / "data"


def folder(root: Path, name: str) -> Path:
    place = root / name
    (place / "images").mkdir(parents=True)
    (place / "data.jsonl").write_text("{}\n")
    return place


@KINDS
async def test_what_lies_below_a_root_can_be_registered(
    world: World, root: Path, kind: str
) -> None:
    place = folder(root, "mine")
    response = await world.admin.post(f"/{kind}", json={"name": "new", "location": "mine"})
    registered = good(response)
    assert response.status_code == 201
    assert response.headers["location"] == f"/api/v1/{kind}/{registered['id']}"
    assert (registered["name"], registered["location"]) == ("new", "mine")
    assert good(await world.admin.get(f"/{kind}/{registered['id']}")) == registered
    names = [entry["name"] for entry in good(await world.admin.get(f"/{kind}"))["data"]]
    assert "new" in names
    absolute = {"name": "again", "location": str(place)}
    assert good(await world.admin.post(f"/{kind}", json=absolute))["location"] == "mine"
    if kind == "models":
        assert registered["parameters"] == 4_437_815_808
    else:
        counts = [registered[name] for name in ("rows", "images", "demonstrations", "answers")]
        assert (counts, registered["splits"]) == ([2, 1, 1, 2], {"train": 2})


@KINDS
async def test_nothing_outside_the_roots_can_be_named(
    world: World, root: Path, kind: str, tmp_path: Path
) -> None:
    outside = folder(tmp_path, "outside")
    inside = folder(root, "inside")
    (root / "linked").symlink_to(outside)
    (inside / "images" / "x.png").symlink_to(outside / "data.jsonl")
    for location in (
        "../outside", str(outside), "/etc", "/etc/passwd", "linked", "linked/data.jsonl",
        "inside", "inside/data.jsonl", "inside/../inside", "..\\outside", "a\0b", ".", "missing",
    ):  # fmt: skip
        response = await world.admin.post(f"/{kind}", json={"name": "thief", "location": location})
        assert response.status_code == 422, location
        assert response.json()["errors"][0]["field"] == "location", location


@KINDS
async def test_what_the_engine_finds_wrong_is_told(world: World, root: Path, kind: str) -> None:
    folder(root, "broken")
    response = await world.admin.post(f"/{kind}", json={"name": "bad", "location": "broken"})
    assert response.status_code == 422
    assert response.json()["errors"] == [
        {"field": "rows.3.images.0", "message": "images/x.png does not decode; replace the file"}
    ]
    folder(root, "crash")
    response = await world.admin.post(f"/{kind}", json={"name": "bad", "location": "crash"})
    assert (response.status_code, response.json()["code"]) == (500, "inspection_failed")


@KINDS
async def test_names_are_taken_once_and_keys_make_once(world: World, root: Path, kind: str) -> None:
    folder(root, "mine")
    body = {"name": "new", "location": "mine"}
    headers = {"Idempotency-Key": "k"}
    first = good(await world.admin.post(f"/{kind}", json=body, headers=headers))
    again = good(await world.admin.post(f"/{kind}", json=body, headers=headers))
    assert first == again
    assert (await world.admin.post(f"/{kind}", json=body)).status_code == 409
    bad = {"name": "Not A Name", "location": "mine"}
    assert (await world.admin.post(f"/{kind}", json=bad)).status_code == 422
    assert (await world.admin.get(f"/{kind}/nothing")).status_code == 404


async def test_the_preview_names_images_that_can_be_looked_at(world: World, root: Path) -> None:
    folder(root, "mine")
    made = good(await world.admin.post("/datasets", json={"name": "new", "location": "mine"}))
    (row,) = good(await world.admin.get(f"/datasets/{made['id']}/preview"))["data"]
    assert (row["id"], row["gold"], row["demonstration"], row["turns"]) == ("a", None, None, [])
    (image,) = row["images"]
    picture = await world.admin.get(f"/artifacts/{image['digest']}")
    assert (picture.headers["content-type"], picture.content[:4]) == ("image/png", b"\x89PNG")
    assert (await world.admin.get("/datasets/nothing/preview")).status_code == 404
    assert good(await world.admin.get("/datasets/dat_1/preview")) == {"data": []}
