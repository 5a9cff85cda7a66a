"""A team's server for browser tests: a worker with the fake engine, and what has ended on it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import yaml
from playwright.sync_api import Browser, Page, expect

from prism_client.resources import Pipeline
from tests.e2e.chromium import follow, patience, visitor
from tests.installation import Installation

PATIENCE = 30_000
"""Milliseconds; engines start slowly on a busy machine."""


@dataclass(frozen=True)
class World:
    """A server with a worker of three slots, on which one pipeline has ended."""

    installation: Installation
    ended: Pipeline

    @property
    def url(self) -> str:
        return self.installation.url

    def ask(self, method: str, path: str, body: object = None, token: str = "") -> httpx.Response:
        token = token or (self.installation.home / "token").read_text().strip()
        headers = {"Authorization": f"Bearer {token}"}
        return httpx.request(method, f"{self.url}/api/v1{path}", json=body, headers=headers)


@contextmanager
def working(home: Path, *arguments: str, **settings: str) -> Iterator[Installation]:
    """A server with names registered, and a worker of three slots with these arguments."""
    installation = Installation(home, **settings)
    try:
        installation.start_server()
        installation.register()
        installation.start_worker(*arguments, slots=3)
        yield installation
    finally:
        installation.close()


def ended(installation: Installation, **runs: dict[str, Any]) -> World:
    """The world once a pipeline of these runs has succeeded."""
    pipeline = installation.launch(**runs)
    for run in pipeline.runs:
        installation.in_state(run.id, "succeeded")
    return World(installation, pipeline)


@contextmanager
def signed_in(browser: Browser, installation: Installation, **context: Any) -> Iterator[Page]:
    """A page of somebody who has followed a link, with patience for engines."""
    with (
        patience(PATIENCE),
        visitor(browser, **context) as page,
        installation.client as client,
    ):
        follow(page, client.sign_in_link().url)
        yield page


def confirm(page: Page, action: str) -> None:
    """Agree in the dialog that asks whether it is meant."""
    asked = page.get_by_role("alertdialog")
    asked.get_by_role("button", name=action, exact=True).click()
    expect(asked).to_have_count(0)


def yaml_of(name: str, **runs: dict[str, Any]) -> str:
    return yaml.safe_dump({"name": name, "runs": runs})
