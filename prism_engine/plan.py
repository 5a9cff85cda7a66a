"""What a recipe would take, and what it lacks here, as `validate` prints it."""

from __future__ import annotations

from typing import Any

from prism_engine.contract.config import Pipeline, Problem
from prism_engine.contract.estimate import Lengths, Memory, estimate_pipeline
from prism_engine.contract.shape import Shape, UnknownShape
from prism_engine.errors import UnsuitableMachine
from prism_engine.policy.attention import refuse_missing_kernel
from prism_engine.shapes import find_shape

UNITS = ("B", "KiB", "MiB", "GiB", "TiB")


def planned(pipeline: Pipeline, lengths: Lengths) -> dict[str, Any]:
    """Parameters of every model, memory of every run, and which models nothing is known of."""
    shapes: dict[str, Shape] = {}
    unknown: dict[str, str] = {}
    for model in sorted(pipeline.models()):
        try:
            shapes[model] = find_shape(model)
        except UnknownShape as error:
            unknown[model] = str(error)
    runs = estimate_pipeline(pipeline, shapes, lengths)
    return {
        "parameters": {model: f"{shape.parameters:,}" for model, shape in shapes.items()},
        **({"unknown": unknown} if unknown else {}),
        "memory": {name: _shown(memory) if memory else "unknown" for name, memory in runs.items()},
    }


def unsuitable(pipeline: Pipeline) -> list[Problem]:
    """What this machine lacks to carry the runs out."""
    problems = []
    for name, run in pipeline.runs.items():
        try:
            refuse_missing_kernel(run.attention)
        except UnsuitableMachine as error:
            problems.append(Problem(field=f"runs.{name}.attention", message=str(error)))
    return problems


def _shown(memory: Memory) -> dict[str, Any]:
    """A run's memory in units that people read; of its phases, only one takes place at a time."""
    phases = {f"while {phase}": _sizes(parts) for phase, parts in memory.phases.items()}
    return {
        "total": size(memory.total),
        "prompt_tokens": memory.prompt_tokens,
        **({"processes": memory.processes} if memory.processes > 1 else {}),
        "parameters": {model: f"{count:,}" for model, count in memory.parameters.items()},
        "always": _sizes(memory.held),
        **phases,
    }


def _sizes(parts: dict[str, int]) -> dict[str, str]:
    return {name: size(taken) for name, taken in parts.items() if taken}


def size(taken: float) -> str:
    """Bytes in the largest unit of which there is one."""
    unit = 0
    while taken >= 1024 and unit + 1 < len(UNITS):
        taken, unit = taken / 1024, unit + 1
    return f"{taken:.1f} {UNITS[unit]}" if unit else f"{taken:.0f} B"
