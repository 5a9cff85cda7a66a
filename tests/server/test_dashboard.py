from __future__ import annotations

from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from server import dashboard
from server.mount import Mounted

PAGE = '<meta name="prism-prefix" content="{prefix}" /><script src="{root}/assets/app-1a2b.js" />'


@pytest.fixture
def browser(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> TestClient:
    """The built dashboard of a server, one page and one script."""
    (tmp_path / "assets").mkdir()
    (tmp_path / "index.html").write_text(PAGE.format(prefix="", root="."))
    (tmp_path / "assets" / "app-1a2b.js").write_text("the script")
    monkeypatch.setattr(dashboard, "built_dashboard", lambda: tmp_path)
    application = Starlette()
    application.mount("/", dashboard.Dashboard())
    return TestClient(application)


@pytest.fixture
def mounted(browser: TestClient) -> TestClient:
    """The same below /prism."""
    application = Starlette()
    application.mount("/", dashboard.Dashboard("/prism"))
    application.add_middleware(Mounted, prefix="/prism")
    return TestClient(application)


@pytest.mark.parametrize("path", ["/", "/launch", "/pipelines/pip_1?tab=logs"])
def test_every_path_of_the_router_is_the_page(browser: TestClient, path: str) -> None:
    response = browser.get(path)
    assert (response.status_code, response.text) == (200, PAGE.format(prefix="", root=""))
    assert response.headers["cache-control"] == "no-cache"


def test_a_hashed_asset_may_be_kept(browser: TestClient) -> None:
    response = browser.get("/assets/app-1a2b.js")
    assert response.text == "the script"
    assert "immutable" in response.headers["cache-control"]


@pytest.mark.parametrize("path", ["/assets/app-old.js", "/api/v1/nothing"])
def test_what_is_missing_is_not_the_page(browser: TestClient, path: str) -> None:
    assert browser.get(path).status_code == 404


@pytest.mark.parametrize("path", ["/", "/launch", "/assets/app-1a2b.js"])
@pytest.mark.parametrize("method", ["PUT", "POST", "DELETE"])
def test_what_is_no_reading_is_refused(browser: TestClient, method: str, path: str) -> None:
    assert browser.request(method, path).status_code == 405


@pytest.mark.parametrize("path", ["/prism", "/prism/", "/prism/pipelines/pip_1", "/launch"])
def test_a_page_below_a_prefix_refers_to_what_is_there(mounted: TestClient, path: str) -> None:
    assert mounted.get(path).text == PAGE.format(prefix="/prism", root="/prism")


def test_proxies_may_leave_the_prefix_or_take_it_off(mounted: TestClient) -> None:
    for path in ("/prism/assets/app-1a2b.js", "/assets/app-1a2b.js"):
        assert mounted.get(path).text == "the script"
    assert mounted.get("/prismatic/assets/app-1a2b.js").status_code == 404
