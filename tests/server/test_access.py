from __future__ import annotations

import re
from typing import get_args

import pytest
from fastapi import APIRouter, FastAPI

from server.access import declarations
from server.actors import PERMISSIONS
from server.app import create_app
from server.settings import Settings
from server.users.schemas import UserRole
from tests.server.world import World

PUBLIC = {("GET", "/api/v1/health"), ("POST", "/api/v1/session")}


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> FastAPI:
    return create_app(Settings(home=tmp_path_factory.mktemp("home")))


def test_every_route_declares_who_may_use_it(app: FastAPI) -> None:
    found = declarations(app)
    assert len(found) > 35
    assert [route for route in found if route.access is None] == []
    public = {(m, route.path) for route in found for m in route.methods if route.access == "public"}
    assert public == PUBLIC


def test_a_route_that_declares_nothing_is_found(app: FastAPI) -> None:
    careless = FastAPI()
    router = APIRouter(prefix="/inner")
    router.add_api_route("/secret", lambda: "everything")
    careless.include_router(router)
    (route,) = declarations(careless)
    assert (route.path, route.access) == ("/inner/secret", None)


@pytest.mark.parametrize("role", [*get_args(UserRole), None])
async def test_every_role_on_every_route(world: World, role: UserRole | None) -> None:
    """Nobody is refused what the role may do, and everybody what it may not."""
    client = await world.client_as(role) if role else world.anybody
    client.headers["Prism-Contract"] = "1"
    wrong = []
    for route in declarations(world.app):
        path = re.sub(r"{digest}", "0" * 64, route.path).removeprefix("/api/v1")
        path = re.sub(r"{\w+}", "unknown", path)
        for method in route.methods:
            if (method, path) == ("DELETE", "/session"):
                continue
            status = (await client.request(method, path, params={"timeout": 0})).status_code
            if route.access == "public":
                allowed = True
            else:
                allowed = role is not None and route.access in PERMISSIONS[role]
            refused = status == (403 if role else 401)
            # A public sign-in without a secret is an invalid request, not a refused one.
            if refused == allowed:
                wrong.append((method, route.path, status))
    assert wrong == []
