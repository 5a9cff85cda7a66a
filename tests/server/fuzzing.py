"""Requests drawn from the API's own description, by schemathesis, against a server that listens.

Half of the paths name things that exist: what is drawn at random is nowhere, and a 404 exercises
little. An answer is undocumented if its status is neither described nor a problem document, or if
its body is not what is described.
"""

from __future__ import annotations

import json
import random
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from math import ceil
from typing import Any

import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from schemathesis.core.failures import Failure, FailureGroup
from schemathesis.specs.openapi.checks import response_schema_conformance

PROBLEM = "application/problem+json"
PROBLEM_FIELDS = {"type", "title", "status", "detail", "code", "errors", "request_id"}

# A long poll and a stream would wait for what nobody does.
SHORTENED = {"timeout": 0, "wait": 0}


@dataclass
class Findings:
    """What the answers were, and those that should not have been."""

    requests: int = 0
    statuses: Counter[int] = field(default_factory=Counter)
    server_errors: list[str] = field(default_factory=list)
    undocumented: list[str] = field(default_factory=list)


def fuzz(
    url: str,
    document: dict[str, Any],
    token: str,
    names: Mapping[str, str],
    requests: int,
    number: int,
) -> Findings:
    """Send at least so many requests, spread over all operations, as whoever holds the token.

    An operation without parameters has few requests to draw: what it leaves is spread anew.
    """
    findings = Findings()
    schema = schemathesis.openapi.from_dict(document)
    schema.config.update(base_url=url)
    headers = {"Authorization": f"Bearer {token}", "Prism-Contract": "1"}
    operations = [result.ok() for result in schema.get_all_operations()]
    drawn = [operation for operation in operations if _is_drawn(operation)]
    while (left := requests - findings.requests) > 0:
        each = ceil(left / len(drawn))
        for operation in drawn:
            _fuzz_operation(operation, headers, names, each, number, findings)
        number += 1
    return findings


def _is_drawn(operation: Any) -> bool:
    """Whether requests to the operation end, and leave whoever sends them signed in."""
    ends = not operation.path.endswith("/stream")
    return ends and not operation.label.startswith("DELETE /api/v1/session")


def _fuzz_operation(
    operation: Any,
    headers: dict[str, str],
    names: Mapping[str, str],
    requests_each: int,
    number: int,
    findings: Findings,
) -> None:
    draw = random.Random(f"{number} {operation.label}")

    @seed(number)
    @settings(
        max_examples=requests_each, database=None, deadline=None, phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(case=operation.as_strategy())
    def send(case: Any) -> None:
        for name, value in names.items():
            if name in (case.path_parameters or {}) and draw.random() < 0.5:
                case.path_parameters[name] = value
        for name, value in SHORTENED.items():
            if case.query and name in case.query:
                case.query[name] = value
            if isinstance(case.body, dict) and name in case.body:
                case.body[name] = value
        response = case.call(headers=headers, timeout=60)
        findings.requests += 1
        findings.statuses[response.status_code] += 1
        what = f"{operation.label} {case.as_curl_command()[:600]} -> {response.status_code}"
        if response.status_code >= 500:
            findings.server_errors.append(what)
        elif complaint := _undocumented(operation, case, response):
            findings.undocumented.append(f"{what}: {complaint}")

    send()


def _undocumented(operation: Any, case: Any, response: Any) -> str | None:
    described = operation.definition.raw["responses"]
    if str(response.status_code) not in described:
        return _no_problem(response)
    try:
        case.validate_response(response, checks=[response_schema_conformance])
    except (Failure, FailureGroup) as failure:
        return str(failure)[:400]
    return None


def _no_problem(response: Any) -> str | None:
    """Say why an answer of another status is no problem document, if it is none."""
    if response.status_code < 400:
        return "a status that is not described"
    kind = response.headers.get("content-type", [""])[0]
    if not kind.startswith(PROBLEM):
        return f"no problem document but {kind}"
    if response.request.method == "HEAD":
        return None
    body = json.loads(response.content)
    if body.keys() != PROBLEM_FIELDS or body["status"] != response.status_code:
        return f"a malformed problem document: {body}"
    return None
