"""Looks at the dashboard as a person does: in a browser, signed in by the link."""

from __future__ import annotations

import re

from playwright.sync_api import Locator, expect

from tests.e2e.chromium import chromium, follow, visitor

ROOMY = {"width": 1600, "height": 1200}


def empty_cells_shown(link: str, pipeline_id: str) -> list[str]:
    """Arm and column of every empty cell in the bodies of a pipeline's results tables."""
    with chromium() as browser, visitor(browser, viewport=ROOMY) as page:
        follow(page, link)
        page.goto(f"{link.split('/sign-in')[0]}/pipelines/{pipeline_id}?tab=results")
        # Charts have tables too, for those who cannot see them.
        tables = page.get_by_role("table", name=re.compile("^Results"))
        expect(tables.locator("tbody tr").first).to_be_visible()
        return [where for table in tables.all() if table.is_visible() for where in _empty(table)]


def _empty(table: Locator) -> list[str]:
    """Arm and column of the cells that show nothing, or a dash for a number that is not there."""
    # The last row of the head names the columns; one above it says what they have in common.
    columns = table.locator("thead tr").last.locator("th").all_inner_texts()
    found = []
    for row in table.locator("tbody tr").all():
        arm, *cells = row.locator("th, td").all_inner_texts()
        named = zip(columns[1:], cells, strict=True)
        found += [f"{arm.strip()}: {column} (page)" for column, cell in named if cell in ("", "–")]
    return found
