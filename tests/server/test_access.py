from __future__ import annotations

import re
from collections.abc import Mapping

import pytest
from fastapi import APIRouter, FastAPI
from httpx import AsyncClient

from server.access import Declaration, Public, Reader, declarations
from server.actors import PERSON, PERSONAL, ROLES, WORKER, Permission, Scope
from server.app import create_app, refuse_undeclared
from server.errors import CannotStart
from server.parts import Reading, Writing
from server.scoping import OWNERS
from server.settings import Settings
from server.tables import Checkpoint
from tests.server.world import World, good, recipe

PUBLIC = {
    ("GET", "/api/v1/health"),
    ("GET", "/api/v1/ready"),
    ("POST", "/api/v1/session"),
    ("POST", "/api/v1/session/password"),
    ("POST", "/api/v1/session/set-up"),
    ("POST", "/api/v1/session/invitation"),
    ("GET", "/api/v1/session/ways"),
    ("POST", "/api/v1/session/oidc"),
    ("GET", "/api/v1/session/oidc/callback"),
}

MATRIX: Mapping[str, frozenset[Permission]] = {
    "anonymous": frozenset(),
    "viewer": PERSONAL | ROLES["viewer"],
    "member": PERSONAL | ROLES["member"],
    "admin": PERSONAL | ROLES["admin"],
    "administrator": PERSON,
    "worker": WORKER,
    "viewer's token that may launch": PERSONAL | ROLES["viewer"],
    "admin's token that may read": frozenset({"identify", "read"}),
    "administrator's token for the project": frozenset({"identify"}) | ROLES["admin"],
}
"""What each may do in the project whose things the paths name."""


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> FastAPI:
    return create_app(Settings(home=tmp_path_factory.mktemp("home")))


def test_every_route_declares_who_may_use_it(app: FastAPI) -> None:
    found = declarations(app)
    assert len(found) > 50
    assert [route for route in found if route.access is None] == []
    public = {(m, route.path) for route in found for m in route.methods if route.access == "public"}
    assert public == PUBLIC


def test_a_route_that_declares_nothing_keeps_the_server_from_starting() -> None:
    careless = FastAPI()
    router = APIRouter(prefix="/inner")
    router.add_api_route("/secret", lambda: "everything")
    careless.include_router(router)
    (route,) = declarations(careless)
    assert (route.path, route.access) == ("/inner/secret", None)
    with pytest.raises(CannotStart, match="/inner/secret"):
        refuse_undeclared(careless)


def test_a_path_that_names_what_nobody_owns_keeps_the_server_from_starting() -> None:
    async def read(gadget_id: str, actor: Reader) -> None: ...

    careless = FastAPI()
    careless.add_api_route("/gadgets/{gadget_id}", read)
    with pytest.raises(CannotStart, match="gadget_id"):
        refuse_undeclared(careless)


def test_a_database_is_opened_for_whoever_is_known_by_then() -> None:
    async def hasty(session: Writing, actor: Reader) -> None: ...

    async def patient(actor: Reader, session: Reading) -> None: ...

    async def public(session: Reading) -> None: ...

    careless = FastAPI()
    careless.add_api_route("/hasty", hasty)
    careless.add_api_route("/patient", patient)
    careless.add_api_route("/public", public, dependencies=[Public])
    with pytest.raises(CannotStart, match="/hasty"):
        refuse_undeclared(careless)


async def as_role(world: World, role: str, project: str) -> AsyncClient:
    if role == "anonymous":
        return world.anybody
    if role == "worker":
        return await world.another_worker()
    if role == "administrator":
        return await world.person("root", administrator=True)
    if role == "viewer's token that may launch":
        return await world.person("narrow", {project: "viewer"}, scope=Scope(PERSON))
    if role == "admin's token that may read":
        scope = Scope(frozenset({"identify", "read"}))
        return await world.person("narrow", {project: "admin"}, scope=scope)
    if role == "administrator's token for the project":
        scope = Scope(PERSON, frozenset({project}))
        return await world.person("narrow", administrator=True, scope=scope)
    assert role in ROLES
    return await world.person("mara", {project: role})


def path_of(route: Declaration, names: Mapping[str, str]) -> str:
    path = route.path.removeprefix("/api/v1").replace("{digest}", "0" * 64)
    return re.sub(r"{(\w+)}", lambda name: names.get(name[1], "unknown"), path)


async def things(world: World) -> dict[str, str]:
    """Launch something in the default project; return the names of what there is by parameter."""
    body = {"recipe": recipe(), "grid": {}}
    study = good(await world.admin.post("/studies", json=body))
    pipeline = good(await world.admin.get(f"/pipelines/{study['pipelines'][0]}"))
    return {
        "project_id": pipeline["project_id"],
        "pipeline_id": pipeline["id"],
        "run_id": pipeline["runs"][0]["id"],
        "study_id": study["id"],
        "checkpoint_id": await saved(world, pipeline["runs"][0]["id"]),
    }


async def saved(world: World, run_id: str) -> str:
    """Note a checkpoint of a run that is in no store yet."""
    async with world.parts.database.writing() as session:
        session.add(
            Checkpoint(
                id="ckp_1", run_id=run_id, attempt=1, step=1, kind="exported", role="policy", size=1
            )
        )  # fmt: skip
    return "ckp_1"


async def statuses(
    world: World, client: AsyncClient, names: Mapping[str, str]
) -> dict[tuple[str, str], tuple[Declaration, int]]:
    client.headers["Prism-Contract"] = "1"
    found = {}
    for route in declarations(world.app):
        for method in route.methods:
            if (method, route.path) == ("DELETE", "/api/v1/session"):
                continue
            path = path_of(route, names)
            response = await client.request(method, path, params={"timeout": 0})
            found[method, route.path] = (route, response.status_code)
    return found


@pytest.mark.parametrize("role", MATRIX)
async def test_every_role_on_every_route(world: World, role: str) -> None:
    """Nobody is refused what the role may do, and everybody what it may not."""
    names = await things(world)
    assert names.keys() == OWNERS.keys()
    client = await as_role(world, role, names["project_id"])
    wrong = {}
    for key, (route, status) in (await statuses(world, client, names)).items():
        allowed = route.access == "public" or route.access in MATRIX[role]
        refused = status == (401 if role == "anonymous" else 403)
        # A public sign-in without a secret is an invalid request, not a refused one.
        if refused == allowed or status >= 500:
            wrong[key] = status
    assert wrong == {}


async def test_another_projects_things_are_not_there(world: World) -> None:
    """Somebody with every right in one project finds nothing of another, on any route."""
    names = await things(world)
    lease = await world.claim()
    await lease.start()
    await lease.step(1)
    mine = await world.new_project("mine")
    outsider = await world.person("olga", {mine: "admin"})
    wrong = {}
    for (method, path), (route, status) in (await statuses(world, outsider, names)).items():
        # Who may not in any project is told so before anything is looked up.
        expected = 403 if route.access in ("work", "operate") else 404
        if route.parameters & OWNERS.keys() and status != expected:
            wrong[method, path] = status
    assert wrong == {}
    assert (await world.run(lease.run_id))["desired_state"] == "run"


async def test_no_list_shows_anything_of_another_project(world: World) -> None:
    names = await things(world)
    lease = await world.claim()
    await lease.succeed()
    mine = await world.new_project("mine")
    outsider = await world.person("olga", {mine: "admin"})
    lists = [
        route.path
        for route in declarations(world.app)
        if "GET" in route.methods and not route.parameters and not route.path.endswith("/stream")
    ]
    assert "/api/v1/pipelines" in lists
    for path in lists:
        for query in ({}, {"project_id": names["project_id"], "pipeline_id": names["pipeline_id"]}):
            text = (await outsider.get(path.removeprefix("/api/v1"), params=query)).text
            assert not any(name in text for name in names.values()), (path, query)
    topics = f"run:{names['run_id']}"
    assert (await outsider.get("/stream", params={"topics": topics})).status_code == 404


async def test_nobody_launches_where_he_may_not(world: World) -> None:
    theirs = await world.default_project()
    mine = await world.new_project("mine")
    body = {"recipe": {"name": "x", "runs": {"sft": {"kind": "sft", "policy": {"model": "tiny"},
            "data": "shapes", "steps": 1}}}}  # fmt: skip
    outsider = await world.person("olga", {mine: "member"})
    foreign = await outsider.post("/pipelines", json=body | {"project_id": theirs})
    assert foreign.status_code == 404
    # Where nothing is named it is one's own project, even if an older one exists.
    assert good(await outsider.post("/pipelines", json=body))["project_id"] == mine
    onlooker = await world.person("vera", {theirs: "viewer", mine: "member"})
    seen = await onlooker.post("/pipelines", json=body | {"project_id": theirs})
    assert seen.status_code == 403
