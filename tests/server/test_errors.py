from __future__ import annotations

import pytest
from fastapi import FastAPI
from httpx import ASGITransport, AsyncClient

from server.errors import install_error_handlers
from server.logs import configure_logs
from tests.server.world import API, World


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/nowhere", 404, "not_found"),
        ("GET", "/runs/run_no", 404, "not_found"),
        ("POST", "/health", 405, "method_not_allowed"),
        ("GET", "/runs?limit=0", 422, "invalid"),
        ("POST", "/pipelines", 422, "invalid"),
        ("GET", "/stream?topics=x", 422, "invalid"),
        ("GET", "/stream?topics=run:no", 404, "not_found"),
        ("GET", "/stream?topics=run:no&since=%25", 422, "invalid"),
        ("GET", "/artifacts/..%2f..%2fetc%2fpasswd", 404, "not_found"),
        ("GET", "/artifacts/0000", 422, "invalid"),
    ],
)
async def test_every_error_is_a_problem(
    world: World, method: str, path: str, status: int, code: str
) -> None:
    response = await world.admin.request(method, path)
    problem = response.json()
    assert response.status_code == status, problem
    assert response.headers["content-type"] == "application/problem+json"
    assert (problem["status"], problem["code"]) == (status, code)
    assert problem["detail"]
    assert problem["request_id"] == response.headers["x-request-id"]


async def test_unknown_fields_are_named(world: World) -> None:
    response = await world.admin.post("/projects", json={"name": "x", "nmae": "y"})
    assert response.json()["errors"] == [
        {"field": "nmae", "message": "Extra inputs are not permitted"}
    ]


async def test_a_mistake_of_ours_is_a_problem_that_tells_nothing(
    capsys: pytest.CaptureFixture[str],
) -> None:
    app = FastAPI()
    install_error_handlers(app)

    @app.get("/broken")
    async def broken() -> None:
        password = "sword" + "fish"
        raise RuntimeError(f"{len(password)} letters")

    configure_logs()
    transport = ASGITransport(app, raise_app_exceptions=False)
    async with AsyncClient(transport=transport, base_url=API) as client:
        response = await client.get("http://localhost/broken")
    assert response.status_code == 500
    assert response.json()["code"] == "internal"
    assert "letters" not in response.text
    logged = capsys.readouterr().out
    assert "RuntimeError: 9 letters" in logged
    assert "swordfish" not in logged
