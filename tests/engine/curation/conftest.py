from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from prism_engine.curation.candidate import Candidate
from prism_engine.data.records import Record
from tests.engine.curation.world import grid

MakeCandidate = Callable[..., Candidate]


@pytest.fixture
def candidate(tmp_path: Path) -> MakeCandidate:
    """Makes a candidate whose picture is the pattern of a number."""
    (tmp_path / "images").mkdir()

    def make(
        name: str, question: str = "how many", picture: int | None = 0,
        answer: Mapping[str, Any] | None = None, suffix: str = "png", **settings: Any,
    ) -> Candidate:  # fmt: skip
        images = []
        if picture is not None:
            images = [f"images/{name}.{suffix}"]
            grid(picture).save(tmp_path / images[0])
        row = {
            "id": name, "question": question, "images": images,
            "answer": answer or {"type": "integer", "value": 3},
        }  # fmt: skip
        return Candidate(Record.model_validate_json(json.dumps(row)), tmp_path, **settings)

    return make
