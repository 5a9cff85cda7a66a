"""The browser of every test that looks at the dashboard as a person does."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from playwright.sync_api import Browser, Page, expect, sync_playwright

PROGRAMS = ("chromium", "chromium-browser", "google-chrome")
WIDE = {"width": 1440, "height": 900}


@contextmanager
def chromium() -> Iterator[Browser]:
    """The machine's Chromium, or Playwright's own where it has none.

    While it is open, nothing else in the process may run an event loop.
    """
    program = next((path for name in PROGRAMS if (path := shutil.which(name))), None)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        yield browser
        browser.close()


@contextmanager
def visitor(browser: Browser, **context: Any) -> Iterator[Page]:
    """A page of a person who was never here; fails if the page's own scripts complained."""
    with browser.new_context(**{"viewport": WIDE, **context}) as visited:
        page = visited.new_page()
        errors: list[str] = []
        page.on("pageerror", lambda error: errors.append(str(error)))
        yield page
    assert errors == [], errors


@contextmanager
def patience(milliseconds: int) -> Iterator[None]:
    """What is expected of a page may take this long: busy machines start engines slowly."""
    expect.set_options(timeout=milliseconds)
    try:
        yield
    finally:
        expect.set_options(timeout=5_000)


def follow(page: Page, link: str) -> None:
    """Sign in by a link."""
    page.goto(link)
    expect(page.get_by_test_id("user")).to_be_visible(timeout=30_000)
