from __future__ import annotations

import re
from itertools import pairwise
from pathlib import Path

VERSIONS = Path(__file__).parents[2] / "migrations" / "versions"


def test_the_revisions_are_one_line() -> None:
    """Two that follow the same one could not be applied: the later takes the next number."""
    found = []
    for path in sorted(VERSIONS.glob("[0-9]*.py")):
        text = path.read_text()
        named = re.findall(r'^(?:down_)?revision = (?:"(\w+)"|None)$', text, re.MULTILINE)
        found.append((path.name[:4], *named))
    numbers = [f"{number:04d}" for number in range(len(found) + 1)]
    assert found == [
        (number, number, before if number != "0001" else "") for before, number in pairwise(numbers)
    ]
