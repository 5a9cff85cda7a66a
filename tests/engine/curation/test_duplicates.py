from __future__ import annotations

from prism_engine.contract.curation import Similarity
from prism_engine.curation.duplicates import Duplicates
from tests.engine.curation.conftest import MakeCandidate

ASKED = "how many dark cells lie in the upper half of grid 12?"


async def test_text_and_image_must_agree(candidate: MakeCandidate) -> None:
    other = {"type": "integer", "value": 4}
    found = await Duplicates(Similarity()).sift(
        [
            candidate("first", ASKED, 0),
            candidate("another image", ASKED, 1),
            candidate("another question", "which colour is the largest cell of grid 12?", 0),
            candidate("another number", ASKED.replace("12", "13"), 0),
            candidate("exact", f"  {ASKED.upper()} ", 0),
            candidate("near", ASKED.replace("lie", "lies"), 0, suffix="jpg"),
            candidate("conflict", ASKED, 0, answer=other),
        ]
    )
    assert [one.id for one in found.kept] == [
        "first", "another image", "another question", "another number",
    ]  # fmt: skip
    assert {one.id: one.reason for one in found.dropped} == {
        "exact": "exact duplicate with the same answer",
        "near": "near duplicate with the same answer",
        "conflict": "exact duplicate with another answer",
    }
