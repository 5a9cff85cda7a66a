"""The OpenAPI document, with examples, the problem that any endpoint may answer, and the frames."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic.json_schema import models_json_schema

from server.reference.examples import ANSWERS, REQUESTS
from server.schemas import Problem
from server.stream.schemas import (
    BenchmarkFrame,
    LogsFrame,
    MetricsFrame,
    ResyncFrame,
    SamplesFrame,
)

FRAMES = (MetricsFrame, SamplesFrame, LogsFrame, BenchmarkFrame, ResyncFrame)


def document(app: FastAPI) -> dict[str, Any]:
    """Build the document; the dashboard's types are generated from it."""
    content = get_openapi(title=app.title, version=app.version, routes=app.routes)
    _, frames = models_json_schema(
        [(model, "serialization") for model in (*FRAMES, Problem)],
        ref_template="#/components/schemas/{model}",
    )
    schemas = content["components"]["schemas"]
    schemas.update(frames["$defs"])
    for name, example in {**REQUESTS, **ANSWERS}.items():
        schemas[name]["examples"] = [example]
    for unused in ("HTTPValidationError", "ValidationError"):
        schemas.pop(unused, None)
    problem = {
        "description": "What went wrong",
        "content": {
            "application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}
        },
    }
    for path in content["paths"].values():
        for operation in path.values():
            operation["responses"].pop("422", None)
            operation["responses"]["default"] = problem
    return content
