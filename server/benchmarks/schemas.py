from __future__ import annotations

from pydantic import BaseModel, Field

from prism_engine.contract.events import Estimate


class PairedDifference(BaseModel):
    """One policy against another, item by item, in shares of items answered right greedily."""

    arm: str = Field(description="The policy that it is compared with")
    difference: Estimate = Field(description="With its 95% interval; n is the number of items")
    groups: int = Field(description="Groups of items that depend on each other")
    only_this: int = Field(description="Items that only this policy answers rightly")
    only_other: int = Field(description="Items that only the other one answers rightly")
    p: float = Field(description="How likely chance alone is, by the exact test over groups")


class ArmResult(BaseModel):
    """One row of the results table: what one policy scored on one benchmark."""

    arm: str
    run_id: str
    pipeline_id: str
    seed: int = Field(description="That of its pipeline")
    study_id: str | None = Field(description="The study that its pipeline belongs to")
    benchmark: str
    scores: dict[str, Estimate]
    supervision: dict[str, float]
    majority: float = Field(description="Accuracy of always giving the most common answer")
    seconds: float = Field(description="Time in which the runs behind this policy trained")
    paired: PairedDifference | None = Field(
        description="Against the baseline, or the policy that this one was trained from; None "
        "unless both were asked the same items and judged alike"
    )


class Results(BaseModel):
    """The results table."""

    benchmarks: list[str]
    arms: list[ArmResult]


class ComparedResult(BaseModel):
    """What one of several compared runs came to on one benchmark."""

    compared: str = Field(description="The run that was asked for")
    result: ArmResult = Field(
        description="Its own score, or that of the evaluation of the policy that it ended with"
    )


class Comparison(BaseModel):
    """Scores of several runs, whatever pipelines they are of, each against the baseline's."""

    benchmarks: list[str]
    baseline: str = Field(description="The run that the others are compared with")
    results: list[ComparedResult]
