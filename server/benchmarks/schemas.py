from __future__ import annotations

from pydantic import BaseModel, Field

from prism_engine.contract.events import Estimate


class ArmResult(BaseModel):
    """One row of the results table: what one policy scored on one benchmark."""

    arm: str
    run_id: str
    pipeline_id: str
    benchmark: str
    scores: dict[str, Estimate]
    supervision: dict[str, float]
    majority: float = Field(description="Accuracy of always giving the most common answer")
    seconds: float = Field(description="Time in which the runs behind this policy trained")


class Results(BaseModel):
    """The results table."""

    benchmarks: list[str]
    arms: list[ArmResult]
