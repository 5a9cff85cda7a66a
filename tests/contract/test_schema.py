from __future__ import annotations

import json
from pathlib import Path

from prism_engine.contract.config import Pipeline

SNAPSHOT = Path(__file__).parents[2] / "web" / "recipe-schema.json"


def test_the_launch_form_is_tested_with_the_schema_as_it_is() -> None:
    assert json.loads(SNAPSHOT.read_text()) == Pipeline.model_json_schema(), (
        "run `python -m prism_engine schema > web/recipe-schema.json`, or `make schema`"
    )
