from __future__ import annotations

from pathlib import Path

from prism_engine.contract.curation import Similarity
from prism_engine.curation.contamination import Decontaminate
from prism_engine.data.records import DataSet
from tests.engine.curation.conftest import MakeCandidate

LONG = (
    "a ladder of length 10 leans on a wall and its foot is 6 away from it , how high up does it "
    "reach on the wall"
)
MIDDLE = "what is the value of the largest bar in this chart ?"
SHORT = "what is x ?"


async def test_each_way_of_being_in_a_benchmark(candidate: MakeCandidate, tmp_path: Path) -> None:
    rows = [candidate("b0", LONG, 0), candidate("b1", MIDDLE, 1), candidate("b2", SHORT, 2)]
    data = DataSet(tmp_path, [row.record for row in rows])
    found = await Decontaminate({"MathVista": data}, Similarity()).sift(
        [
            candidate("exact", MIDDLE.upper(), 10),
            candidate("run of words", f"Imagine this: {LONG.replace('reach on', 'get up')}", 11),
            candidate("few letters", MIDDLE.replace("chart", "charts"), 12),
            candidate("image", "which colour has the third bar from the left ?", 1, suffix="jpg"),
            candidate("both", MIDDLE, 1),
            candidate("short with image", SHORT, 2),
            candidate("short alone", SHORT, 13),
            candidate("other", "how many sides does the figure in the middle have ?", 14),
            candidate("other number", LONG.replace("10", "11").replace("wall and", "wall ,"), 15),
        ]
    )
    assert {one.id: one.reason for one in found.dropped} == {
        "exact": "MathVista: exact",
        "run of words": "MathVista: fuzzy",
        "few letters": "MathVista: fuzzy",
        "image": "MathVista: image only",
        "both": "MathVista: both",
        "short with image": "MathVista: both",
        "other number": "MathVista: fuzzy",
    }
    assert [one.id for one in found.kept] == ["short alone", "other"]
    assert found.notes == {
        "MathVista: both": 2, "MathVista: exact": 1, "MathVista: fuzzy": 3,
        "MathVista: image only": 1,
    }  # fmt: skip
