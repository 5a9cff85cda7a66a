"""Looks at the dashboard as a person does: in a browser, signed in by the link."""

from __future__ import annotations

import re
import shutil

from playwright.sync_api import expect, sync_playwright

BROWSERS = ("chromium", "chromium-browser", "google-chrome")


def empty_cells_shown(link: str, pipeline_id: str) -> list[str]:
    """Arm and column of every empty cell in the body of a pipeline's results table."""
    program = next((path for name in BROWSERS if (path := shutil.which(name))), None)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1600, "height": 1200})
        page.goto(link)
        expect(page.get_by_test_id("user")).to_be_visible()
        page.goto(f"{link.split('/sign-in')[0]}/pipelines/{pipeline_id}?tab=results")
        # Charts have tables too, for those who cannot see them.
        table = page.get_by_role("table", name=re.compile("^Results"))
        rows = table.locator("tbody tr")
        expect(rows.first).to_be_visible()
        columns = table.locator("thead th").all_inner_texts()
        found = []
        for row in rows.all():
            arm, *cells = row.locator("th, td").all_inner_texts()
            named = zip(columns[1:], cells, strict=True)
            found += [f"{arm.strip()}: {column} (page)" for column, cell in named if not cell]
        browser.close()
    return found
