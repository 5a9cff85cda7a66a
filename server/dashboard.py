"""Serves the built dashboard: files by name, and one page for every path of its router."""

from __future__ import annotations

from pathlib import Path

from anyio import to_thread
from starlette.exceptions import HTTPException
from starlette.responses import HTMLResponse, Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

PACKAGE = Path(__file__).parent

PLACE = '<meta name="prism-prefix" content="" />'
"""Where the page reads below which path it stands."""


def built_dashboard() -> Path | None:
    """Return the folder of the built dashboard: the tree's own, else the package's."""
    for folder in (PACKAGE.parent / "web" / "dist", PACKAGE / "web"):
        if (folder / "index.html").is_file():
            return folder
    return None


class Dashboard(StaticFiles):
    """Static files whose unknown paths are pages.

    Args:
        prefix: The path below which everything is served; the built page refers to its files by
            `./`, whatever the path of the page.
    """

    def __init__(self, prefix: str = "") -> None:
        folder = built_dashboard()
        super().__init__(directory=folder, check_dir=False)
        self._page = folder and folder / "index.html"
        self._prefix = prefix

    async def get_response(self, path: str, scope: Scope) -> Response:
        if path.startswith("api/"):
            raise HTTPException(404, "There is no such endpoint.")
        if scope["method"] not in ("GET", "HEAD"):
            raise HTTPException(405, "Pages and files of the dashboard are only read.")
        if self._page is None:
            raise HTTPException(404, "The dashboard is not built; run `make setup` and restart.")
        # Only what has no file extension can be a page: a missing script must not become HTML.
        if not Path(path).suffix or path == "index.html":
            response: Response = HTMLResponse(await to_thread.run_sync(self._placed, self._page))
        else:
            response = await super().get_response(path, scope)
        # Built assets carry a hash in their names; everything else may change with a release.
        immutable = path.startswith("assets/")
        response.headers["Cache-Control"] = (
            "public, max-age=31536000, immutable" if immutable else "no-cache"
        )
        return response

    def _placed(self, page: Path) -> str:
        """Return the page as it stands below the prefix."""
        text = page.read_text(encoding="utf-8").replace('="./', f'="{self._prefix}/')
        return text.replace(PLACE, PLACE.replace('""', f'"{self._prefix}"'))
