from __future__ import annotations

from typing import Any

from server.actors import Scope
from tests.server.world import World, good

PANEL = {
    "title": "Right & well-formed <b>",
    "metrics": ["accuracy", "valid_share"],
    "axis": "tokens",
    "scale": "log",
    "smoothing": 0.9,
}
PLAIN = {"title": "Loss", "metrics": ["train/loss"]}


def body(*panels: dict[str, Any], version: int = 0) -> dict[str, Any]:
    return {"panels": list(panels), "version": version}


async def test_panels_are_ones_own_in_each_project(world: World) -> None:
    project, other = await world.default_project(), await world.new_project("other")
    mara = await world.person("mara", {project: "viewer", other: "member"})
    vera = await world.person("vera", {project: "admin"})
    path = f"/projects/{project}/panels"
    assert good(await mara.get(path)) == body()
    kept = good(await mara.put(path, json=body(PANEL, PLAIN)))
    usual = {"axis": "step", "scale": "linear", "smoothing": 0}
    assert kept == body(PANEL, PLAIN | usual, version=1)
    assert good(await mara.get(path)) == kept
    assert good(await mara.get(f"/projects/{other}/panels")) == body()
    assert good(await vera.get(path)) == body()
    assert (await vera.get(f"/projects/{other}/panels")).status_code == 404
    assert (await vera.put(f"/projects/{other}/panels", json=body())).status_code == 404
    reordered = good(await mara.put(path, json=body(PLAIN, PANEL, version=1)))
    assert [panel["title"] for panel in reordered["panels"]] == ["Loss", PANEL["title"]]
    assert good(await mara.put(path, json=body(version=2))) == body(version=3)


async def test_every_change_is_noted_with_what_was_there_before(world: World) -> None:
    project = await world.default_project()
    mara = await world.person("mara", {project: "viewer"})
    path = f"/projects/{project}/panels"
    loss = good(await mara.put(path, json=body(PLAIN)))["panels"]
    both = good(await mara.put(path, json=body(PLAIN, PANEL, version=1)))["panels"]
    assert (await mara.put(path, json=body(version=1))).status_code == 409
    entries = good(await world.admin.get("/audit-log", params={"kind": "own_panels"}))["data"]
    mara_id = good(await mara.get("/session"))["id"]
    assert {(e["actor"], e["object_id"], e["project_id"]) for e in entries} == {
        ("mara", f"{mara_id}:{project}", project)
    }
    # Adding the row and filling it are one flush, and so one entry.
    assert [(e["action"], e["before"], e["after"]["panels"]) for e in entries] == [
        ("change", {"panels": loss}, both),
        ("create", None, loss),
    ]


async def test_a_change_elsewhere_is_not_undone(world: World) -> None:
    path = f"/projects/{await world.default_project()}/panels"
    good(await world.admin.put(path, json=body(PLAIN)))
    late = await world.admin.put(path, json=body(PANEL))
    assert (late.status_code, late.json()["code"]) == (409, "conflict")
    assert good(await world.admin.get(path))["panels"][0]["title"] == "Loss"


async def test_a_token_that_only_reads_changes_nothing(world: World) -> None:
    project = await world.default_project()
    reading = Scope(frozenset({"identify", "read"}))
    token = await world.person("mara", {project: "admin"}, scope=reading)
    assert (await token.put(f"/projects/{project}/panels", json=body(PLAIN))).status_code == 403


async def test_a_panel_that_could_not_be_drawn_is_refused(world: World) -> None:
    path = f"/projects/{await world.default_project()}/panels"
    for changes, field in (
        ({"title": "  "}, "title"),
        ({"title": "x" * 81}, "title"),
        ({"metrics": []}, "metrics"),
        ({"metrics": ["loss", "loss"]}, "metrics"),
        ({"metrics": [f"m{i}" for i in range(7)]}, "metrics"),
        ({"metrics": ["bad\0name"]}, "metrics"),
        ({"axis": "epochs"}, "axis"),
        ({"scale": "cubic"}, "scale"),
        ({"smoothing": 1}, "smoothing"),
        ({"colour": "red"}, "colour"),
    ):
        refused = await world.admin.put(path, json=body(PLAIN | changes))
        assert refused.status_code == 422, changes
        assert refused.json()["errors"][0]["field"] == f"panels.0.{field}", changes
    assert good(await world.admin.get(path)) == body()
