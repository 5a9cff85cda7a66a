from __future__ import annotations

from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from server import dashboard


@pytest.fixture
def browser(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> TestClient:
    """The built dashboard of a server, one page and one script."""
    (tmp_path / "assets").mkdir()
    (tmp_path / "index.html").write_text("the page")
    (tmp_path / "assets" / "app-1a2b.js").write_text("the script")
    monkeypatch.setattr(dashboard, "built_dashboard", lambda: tmp_path)
    application = Starlette()
    application.mount("/", dashboard.Dashboard())
    return TestClient(application)


@pytest.mark.parametrize("path", ["/", "/launch", "/pipelines/pip_1?tab=logs"])
def test_every_path_of_the_router_is_the_page(browser: TestClient, path: str) -> None:
    response = browser.get(path)
    assert (response.status_code, response.text) == (200, "the page")
    assert response.headers["cache-control"] == "no-cache"


def test_a_hashed_asset_may_be_kept(browser: TestClient) -> None:
    response = browser.get("/assets/app-1a2b.js")
    assert response.text == "the script"
    assert "immutable" in response.headers["cache-control"]


@pytest.mark.parametrize("path", ["/assets/app-old.js", "/api/v1/nothing"])
def test_what_is_missing_is_not_the_page(browser: TestClient, path: str) -> None:
    assert browser.get(path).status_code == 404
