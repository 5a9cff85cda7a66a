from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.e2e.chromium import chromium
from tests.e2e.world import build_world, install
from tests.installation import Installation


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    world = tmp_path_factory.mktemp("world")
    build_world(world)
    return world


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Ends with its module: while Playwright runs, no other test may run an event loop."""
    with chromium() as browser:
        yield browser


@pytest.fixture
def installation(tmp_path: Path, world: Path) -> Iterator[Installation]:
    installation = install(tmp_path / "home", world)
    try:
        yield installation
    finally:
        installation.close()


@pytest.fixture
def other_installation(tmp_path: Path, world: Path) -> Iterator[Installation]:
    """A second home, to be compared with the first."""
    installation = install(tmp_path / "other", world)
    try:
        yield installation
    finally:
        installation.close()
