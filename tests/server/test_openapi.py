from __future__ import annotations

import json
from pathlib import Path

from server.app import create_app
from server.openapi import document
from server.settings import Settings

SNAPSHOT = Path(__file__).parents[2] / "web" / "openapi.json"


def test_the_snapshot_is_what_the_server_says(tmp_path: Path) -> None:
    found = document(create_app(Settings(home=tmp_path)))
    assert json.loads(SNAPSHOT.read_text()) == found, (
        "run `python -m server openapi > web/openapi.json`, or `make schema`"
    )


def test_names_are_unique_and_any_answer_may_be_a_problem(tmp_path: Path) -> None:
    found = document(create_app(Settings(home=tmp_path)))
    operations = [operation for path in found["paths"].values() for operation in path.values()]
    names = [operation["operationId"] for operation in operations]
    assert len(names) == len(set(names))
    assert all("default" in operation["responses"] for operation in operations)
    assert {"MetricsFrame", "Sample", "PipelineSnapshot"} <= found["components"]["schemas"].keys()
