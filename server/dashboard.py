"""Serves the built dashboard: files by name, and one page for every path of its router."""

from __future__ import annotations

from pathlib import Path

from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

PACKAGE = Path(__file__).parent


def built_dashboard() -> Path | None:
    """Return the folder of the built dashboard: the tree's own, else the package's."""
    for folder in (PACKAGE.parent / "web" / "dist", PACKAGE / "web"):
        if (folder / "index.html").is_file():
            return folder
    return None


class Dashboard(StaticFiles):
    """Static files whose unknown paths are pages."""

    def __init__(self) -> None:
        folder = built_dashboard()
        super().__init__(directory=folder, check_dir=False)
        self._built = folder is not None

    async def get_response(self, path: str, scope: Scope) -> Response:
        if path.startswith("api/"):
            raise HTTPException(404, "There is no such endpoint.")
        if not self._built:
            raise HTTPException(404, "The dashboard is not built; run `make setup` and restart.")
        try:
            response = await super().get_response(path, scope)
        except HTTPException as error:
            # Only what has no file extension can be a page: a missing script must not become HTML.
            if error.status_code != 404 or Path(path).suffix:
                raise
            response = await super().get_response("index.html", scope)
        # Built assets carry a hash in their names; everything else may change with a release.
        immutable = path.startswith("assets/")
        response.headers["Cache-Control"] = (
            "public, max-age=31536000, immutable" if immutable else "no-cache"
        )
        return response
