from __future__ import annotations

from datetime import datetime

from pydantic import BaseModel, Field

from prism_engine.contract.events import ExpertAudit, Verdict


class RunAudit(BaseModel):
    """The game of a run, looked at on held-out pairs after a step."""

    step: int
    attempt: int
    at: datetime
    pairs: int
    verdict: Verdict | None = Field(description="Null where there are too few pairs to tell")
    reason: str = Field(description="What was seen, and what to do about it")
    valid_share: float
    experts: dict[str, ExpertAudit]
