from __future__ import annotations

from datetime import datetime

from pydantic import BaseModel, Field

from prism_engine.contract.settings import Name
from server.schemas import Body


class NewModel(Body):
    """A Hugging Face folder below one of the server's data roots."""

    name: Name
    location: str = Field(
        min_length=1, max_length=1000, description="Relative to a folder of PRISM_DATA_ROOTS"
    )


class ModelSnapshot(BaseModel):
    """A registered model, as it was when it was registered."""

    id: str
    name: str
    location: str
    architecture: str
    parameters: int
    fingerprint: str
    created_at: datetime
