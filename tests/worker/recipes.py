"""Small runs for the fake engine, and what must hold of each."""

from __future__ import annotations

from typing import Any

from tests.installation import Installation

EVALUATE = {"kind": "evaluate", "policy": {"run": "sft"}, "data": "tiny"}
WARMUP = {"kind": "warmup", "policy": {"run": "sft"}, "data": "tiny", "steps": 2}
LONG = 2_000
"""Steps of a run that does not end by itself within a test."""


def sft(steps: int, every: int = 5) -> dict[str, Any]:
    return {
        "kind": "sft",
        "policy": {"model": "base"},
        "data": "tiny",
        "steps": steps,
        "samples_every": every,
        "checkpoint_every": every,
    }


def assert_every_step_once(installation: Installation, run_id: str, steps: int) -> None:
    """The overlaid curve holds each step once, with the value that the step has."""
    with installation.client as client:
        (series,) = client.metrics(run_id, ["loss"]).series
    assert [point[0] for point in series.points] == list(range(1, steps + 1))
    assert [point[1] for point in series.points] == [1 / step for step in range(1, steps + 1)]
