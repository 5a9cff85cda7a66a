from __future__ import annotations

from tests.server.world import World, good

BODY = {
    "name": "Failed alignments",
    "filter": "state = failed and kind = align",
    "sort": "-metrics.loss",
    "columns": ["state", "metrics.loss"],
}


async def test_a_view_is_its_projects_and_every_change_is_noted(world: World) -> None:
    project = await world.default_project()
    path = f"/projects/{project}/views"
    member = await world.person("mara", {project: "member"})
    viewer = await world.person("vera", {project: "viewer"})
    stranger = await world.person("stan", {await world.new_project("other"): "admin"})
    view = good(await member.post(path, json=BODY))
    assert BODY.items() <= view.items()
    assert (view["project_id"], view["created_by"]) == (project, "mara")
    assert good(await viewer.get("/views"))["data"] == [view]
    assert good(await stranger.get("/views"))["data"] == []
    assert (await viewer.post(path, json=BODY)).status_code == 403
    assert (await stranger.delete(f"{path}/{view['id']}")).status_code == 404
    plain = {"name": "Failed", "filter": "state = failed"}
    changed = good(await world.admin.put(f"{path}/{view['id']}", json=plain))
    assert (changed["name"], changed["sort"], changed["columns"]) == ("Failed", None, None)
    good(await member.delete(f"{path}/{view['id']}"))
    assert good(await viewer.get("/views"))["data"] == []
    entries = good(await world.admin.get("/audit-log", params={"kind": "saved_view"}))["data"]
    assert [(e["actor"], e["action"], e["project_id"]) for e in entries] == [
        ("mara", "delete", project),
        ("admin", "change", project),
        ("mara", "create", project),
    ]


async def test_a_view_that_the_list_would_refuse_is_refused(world: World) -> None:
    path = f"/projects/{await world.default_project()}/views"
    for changes, field in (
        ({"filter": "state = fialed"}, "filter"),
        ({"sort": "colour"}, "sort"),
        ({"name": "  "}, "name"),
        ({"columns": ["<script>"]}, "columns.0"),
    ):
        refused = await world.admin.post(path, json=BODY | changes)
        assert refused.status_code == 422, changes
        assert [problem["field"] for problem in refused.json()["errors"]] == [field]


async def test_names_are_told_apart_within_a_project(world: World) -> None:
    path = f"/projects/{await world.default_project()}/views"
    view = good(await world.admin.post(path, json=BODY))
    assert (await world.admin.post(path, json=BODY)).status_code == 409
    other = good(await world.admin.post(path, json=BODY | {"name": "Others"}))
    assert (await world.admin.put(f"{path}/{other['id']}", json=BODY)).status_code == 409
    assert good(await world.admin.put(f"{path}/{view['id']}", json=BODY)) == view
    elsewhere = f"/projects/{await world.new_project('elsewhere')}/views"
    good(await world.admin.post(elsewhere, json=BODY))
    assert (await world.admin.delete(f"{elsewhere}/{view['id']}")).status_code == 404
