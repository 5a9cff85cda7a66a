from __future__ import annotations

from tests.server.world import RLVR, SFT, World, good


async def test_what_is_archived_is_found_by_the_filter_alone(world: World) -> None:
    pipeline = await world.launch(sft=SFT, rlvr=RLVR)
    sft, rlvr = (run["id"] for run in pipeline["runs"])

    async def listed(text: str = "") -> list[str]:
        page = good(await world.admin.get("/runs", params={"filter": text}))
        return [run["id"] for run in page["data"]]

    early = await world.admin.post(f"/runs/{sft}/archive")
    assert "has not ended" in early.json()["detail"]
    await world.admin.post(f"/pipelines/{pipeline['id']}/cancel")
    assert good(await world.admin.post(f"/runs/{sft}/archive"))["archived_at"] is not None
    assert await listed() == [rlvr]
    assert await listed("archived = true") == [sft]
    assert set(await listed("archived = true or archived = false")) == {sft, rlvr}
    assert await listed("not archived = true") == [rlvr]
    hidden = good(await world.admin.post(f"/pipelines/{pipeline['id']}/archive"))
    assert hidden["archived_at"] is not None
    assert await listed() == []
    assert good(await world.admin.get("/pipelines"))["data"] == []
    archived = good(await world.admin.get("/pipelines", params={"archived": True}))["data"]
    assert [one["id"] for one in archived] == [pipeline["id"]]
    good(await world.admin.post(f"/runs/{rlvr}/unarchive"))
    assert await listed() == [rlvr]
    shown = good(await world.admin.get("/pipelines"))["data"]
    assert [one["archived_at"] for one in shown] == [None]
    entries = good(await world.admin.get("/audit-log", params={"object_id": rlvr}))["data"]
    assert entries[0]["after"] == {"archived_at": None}
    wrong = await world.admin.get("/runs", params={"filter": "archived = maybe"})
    assert wrong.status_code == 422
